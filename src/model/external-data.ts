import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { byteLength } from '../onnx/data-types.js';
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
  const realPath = realpathSync(model.path);
  const files = new Map([['', { location: '', realPath, bytes: model.size }]]);
  for (const tensor of tensorsOf(model.graph)) {
    const { external } = tensor;
    if (external === null || files.has(external.location)) continue;
    files.set(external.location, resolve(model, tensor, external.location));
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
  const length = external.length ?? byteLength(tensor.dataType, tensor.dims) ?? file.bytes - external.offset;
  if (!(external.offset >= 0 && length >= 0) || external.offset + length > file.bytes) {
    throw refuse(
      model,
      `the weight "${tensor.name}" wants bytes ${external.offset} to ${external.offset + length} of a file of ${file.bytes}`,
      external.location,
      'the data file is cut short or of another model; fetch it again',
    );
  }
  return { file, offset: external.offset, length };
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

function resolve(model: ModelInfo, { name }: TensorInfo, location: string): WeightFile {
  const folder = path.dirname(path.resolve(model.path));
  const normal = path.normalize(location);
  if (location === '' || path.isAbsolute(location) || normal === '..' || normal.startsWith(`..${path.sep}`)) {
    throw refuse(
      model,
      `the weight "${name}" lies outside the model's folder`,
      location,
      'a model may only name files beside or below it',
    );
  }
  const given = path.join(folder, normal);
  if (!existsSync(given)) {
    throw refuse(
      model,
      "a file of the model's weights is missing",
      location,
      `put ${path.basename(location)} beside the .onnx file`,
    );
  }
  const realPath = realpathSync(given);
  if (!isOwned(realPath, folder, model.path)) {
    throw refuse(
      model,
      `the weight "${name}" is a link that leaves the model's folder`,
      location,
      'copy the file it points to into the folder',
    );
  }
  return { location, realPath, bytes: statSync(realPath).size };
}

/** Below the model's folder, below that of the real .onnx file, or in the cache that both are links into. */
function isOwned(realPath: string, folder: string, modelPath: string): boolean {
  const realModelFolder = path.dirname(realpathSync(modelPath));
  const below = (parent: string) => realPath.startsWith(`${parent}${path.sep}`);
  if (below(realpathSync(folder)) || below(realModelFolder)) return true;
  // models--org--name/snapshots/<commit>/… → models--org--name/blobs/…
  const snapshots = folder.split(path.sep).lastIndexOf('snapshots');
  return (
    snapshots > 0 &&
    below(path.join(realpathSync(folder.split(path.sep).slice(0, snapshots).join(path.sep)), 'blobs'))
  );
}

function refuse(model: ModelInfo, what: string, location: string, todo: string): UserError {
  return new UserError({ what, where: `${model.path}, external data "${location}"`, todo, exit: Exit.MODEL });
}
