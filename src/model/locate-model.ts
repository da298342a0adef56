import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';

export interface LocatedModel {
  onnxPath: string;
  /** Folder of the .onnx file, where config and tokenizer are looked for first. */
  folder: string;
  /** One sentence, where one of several models was taken. */
  notice: string | null;
}

/**
 * Finds the .onnx file that a path means: the file itself, or of a folder its
 * model.onnx (or that of its onnx/ folder), or the only .onnx file there.
 * @throws UserError: 66 where nothing is there, 69 where a folder has no model, or several and none called model.onnx
 */
export function locateModel(given: string): LocatedModel {
  if (!existsSync(given)) {
    throw new UserError({
      what: 'no such file or folder',
      where: given,
      todo: 'give the path of an .onnx file, or of the folder it lies in',
      exit: Exit.NO_INPUT,
    });
  }
  if (!statSync(given).isDirectory()) return { onnxPath: given, folder: path.dirname(given), notice: null };
  const candidates = [given, path.join(given, 'onnx')].flatMap((folder) => onnxFiles(folder));
  const taken =
    candidates.find((file) => path.basename(file) === 'model.onnx') ??
    (candidates.length === 1 ? candidates[0]! : null);
  if (taken === null) throw noModel(given, candidates);
  const others = candidates.filter((file) => file !== taken).map((file) => path.relative(given, file));
  return {
    onnxPath: taken,
    folder: path.dirname(taken),
    notice:
      others.length === 0
        ? null
        : `of several models, ${path.relative(given, taken)} is taken (others: ${others.join(', ')})`,
  };
}

function onnxFiles(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.onnx'))
    .sort()
    .map((name) => path.join(folder, name));
}

function noModel(folder: string, candidates: string[]): UserError {
  const several = candidates.length > 1;
  return new UserError({
    what: several
      ? 'this folder has several models and none is called model.onnx'
      : 'this folder has no .onnx file',
    where: folder,
    todo: several
      ? `give one of them: ${candidates.map((file) => path.relative(folder, file)).join(', ')}`
      : 'give the folder that the exporter wrote, or the .onnx file itself',
    exit: Exit.MODEL,
  });
}
