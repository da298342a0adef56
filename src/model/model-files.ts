import type { ModelInfo } from '../onnx/types.js';
import { weightFiles } from './external-data.js';

/**
 * The files that make up a model, for hashing: the path to write down (that of
 * the .onnx file as given, data files as the model names them) and where each lies.
 */
export function modelFiles(
  model: ModelInfo,
  given: string,
): { path: string; location: string; bytes: number }[] {
  return weightFiles(model).map(({ location, realPath, bytes }) => ({
    path: location === '' ? given : location,
    location: realPath,
    bytes,
  }));
}
