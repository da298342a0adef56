import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';

/** A file of a tokenizer: the name to write down, and where it lies. */
export interface TokenizerFile {
  path: string;
  location: string;
}

/**
 * The files that decide how text becomes ids: tokenizer.json first, then
 * tokenizer_config.json where there is one beside it.
 * @param given a tokenizer.json, or the folder it lies in
 * @throws UserError (66) where there is none
 */
export function tokenizerFiles(given: string): TokenizerFile[] {
  const stats = statSync(given, { throwIfNoEntry: false });
  if (stats === undefined) throw noTokenizer('no such file or folder', given);
  const main = stats.isDirectory() ? path.join(given, 'tokenizer.json') : given;
  if (!existsSync(main)) throw noTokenizer('this folder has no tokenizer.json', given);
  const config = path.join(path.dirname(main), 'tokenizer_config.json');
  return [main, config]
    .filter((location) => existsSync(location))
    .map((location) => ({ path: path.basename(location), location }));
}

/**
 * Reads and parses one of them.
 * @throws UserError: 74 where it cannot be read, 65 where it is not JSON
 */
export async function readJson(location: string): Promise<unknown> {
  const text = await readFile(location, 'utf8').catch((cause: unknown) => {
    throw new UserError({
      what: `the tokenizer cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: location,
      todo: 'make it readable, or give another with --tokenizer',
      exit: Exit.IO,
      cause,
    });
  });
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (cause) {
    throw new UserError({
      what: `this file of the tokenizer is not JSON: ${(cause as Error).message}`,
      where: location,
      todo: text.startsWith('version https://git-lfs')
        ? 'it is a Git LFS pointer: fetch the file itself (git lfs pull)'
        : 'download it again, or give another tokenizer.json with --tokenizer',
      exit: Exit.DATA,
      cause,
    });
  }
}

function noTokenizer(what: string, where: string): UserError {
  return new UserError({
    what,
    where,
    todo: 'give a tokenizer.json, or the folder it lies in, with --tokenizer',
    exit: Exit.NO_INPUT,
  });
}
