import { accessSync, constants, realpathSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { byteLength } from '../onnx/data-types.js';
import { quote } from '../onnx/model-fault.js';
import type { GraphInfo, ModelInfo, TensorInfo } from '../onnx/types.js';

/** A file that holds weights: where the model says it is, and where it really is. */
export interface WeightFile {
  /** As the model names it; '' for the .onnx file itself. */
  location: string;
  realPath: string;
  bytes: number;
}

/**
 * The .onnx file and every external data file that its graph names, each once.
 * Symbolic links are followed: in a Hugging Face cache, files are links into
 * `blobs/` two folders up.
 * @throws UserError (69) for a location that is absolute, leaves the model's folder, or is not there
 */
export function weightFiles(model: ModelInfo): WeightFile[] {
  const realPath = realpathSync.native(model.path);
  const owned = ownedFolders(model);
  const files = new Map([['', { location: '', realPath, bytes: model.size }]]);
  for (const tensor of tensorsOf(model.graph)) {
    const location = tensor.external?.location;
    if (location === undefined || (location !== '' && files.has(location))) continue;
    files.set(location, resolve(model, tensor, location, owned));
  }
  return [...files.values()];
}

/** Where a tensor's bytes lie, in one of the model's files; null where they stand in typed fields of the .onnx file. */
export function bytesOfTensor(
  model: ModelInfo,
  tensor: TensorInfo,
  files: readonly WeightFile[],
): { file: WeightFile; offset: number; length: number } | null {
  const { external, raw } = tensor;
  if (raw !== null) return { file: files[0]!, offset: raw.start, length: raw.end - raw.start };
  if (external === null) return null;
  const file = files.find(({ location }) => location === external.location)!;
  const { offset } = external;
  const length =
    external.length ?? byteLength(tensor.dataType, tensor.dims) ?? Math.max(0, file.bytes - offset);
  if (offset + length > file.bytes) {
    throw refuse(
      model,
      `the weight ${quote(tensor.name)} wants bytes ${offset} to ${offset + length} of a file of ${file.bytes}`,
      external.location,
      'the data file is cut short or of another model; fetch it again',
    );
  }
  return { file, offset, length };
}

/** All tensors of a graph with their own data: initializers, constants, and those of subgraphs. */
export function* tensorsOf(graph: GraphInfo): Generator<TensorInfo> {
  yield* graph.initializers.values();
  for (const node of graph.nodes) {
    for (const attribute of node.attributes.values()) {
      if (attribute.tensor !== null) yield attribute.tensor;
      if (attribute.graph !== null) yield* tensorsOf(attribute.graph);
    }
  }
}

function resolve(
  model: ModelInfo,
  { name }: TensorInfo,
  location: string,
  owned: readonly string[],
): WeightFile {
  const normal = path.normalize(location);
  if (location === '' || path.isAbsolute(location) || normal === '..' || normal.startsWith(`..${path.sep}`)) {
    throw refuse(
      model,
      `the weight ${quote(name)} lies outside the model's folder`,
      location,
      'a model may only name files beside or below it',
    );
  }
  const given = path.join(path.dirname(model.path), normal);
  const stats = statsOf(given);
  if (stats?.isFile() !== true) {
    throw refuse(
      model,
      stats === null
        ? "a file of the model's weights is missing"
        : 'the weights are to be in what is no file',
      location,
      'fetch all files of the model, and keep them beside each other as they were',
    );
  }
  const realPath = realpathSync.native(given);
  if (!owned.some((folder) => isBelow(realPath, folder))) {
    throw refuse(
      model,
      `the weight ${quote(name)} is in a file whose link leaves the model's folder`,
      location,
      'copy the file it points to into the folder',
    );
  }
  if (!isReadable(realPath)) {
    throw refuse(
      model,
      "a file of the model's weights may not be read",
      location,
      `check who may read ${given}`,
    );
  }
  return { location, realPath, bytes: stats.size };
}

/** The model's folder, that of the real .onnx file, and the blobs of the cache that both are links into. */
function ownedFolders(model: ModelInfo): string[] {
  const folder = realpathSync.native(path.dirname(model.path));
  const parts = folder.split(path.sep);
  // models--org--name/snapshots/<commit>/… → models--org--name/blobs/…
  const snapshots = parts.lastIndexOf('snapshots');
  const blobs = snapshots > 0 ? [[...parts.slice(0, snapshots), 'blobs'].join(path.sep)] : [];
  return [folder, path.dirname(realpathSync.native(model.path)), ...blobs];
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith(path.sep) ? folder : `${folder}${path.sep}`);
}

/** null where nothing is there, or the name is none that a file could have. */
function statsOf(file: string): Stats | null {
  try {
    return statSync(file);
  } catch {
    return null;
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function refuse(model: ModelInfo, what: string, location: string, todo: string): UserError {
  const where = `${model.path}, external data ${quote(location)}`;
  return new UserError({ what, where, todo, exit: Exit.MODEL });
}
