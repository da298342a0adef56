import { hoistBranches } from '../onnx/hoist-branches.js';
import { inlineFunctions } from '../onnx/inline-functions.js';
import { readModel } from '../onnx/read-model.js';
import type { ModelInfo } from '../onnx/types.js';

/** Inputs that choose a branch by whether a cache is given. It never is: each window begins anew. */
const CHOOSES_CACHE = /^use_(cache|past)(_branch)?$/;

/**
 * A model as one flat graph: the branches of a merged decoder that run without
 * a cache, and the bodies of local functions, stand where they are called.
 * @throws UserError as `readModel` does
 */
export function openModel(path: string): ModelInfo {
  const model = readModel(path);
  return inlineFunctions(hoistBranches(model, (input) => (CHOOSES_CACHE.test(input) ? false : null)));
}
