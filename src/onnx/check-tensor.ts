import { byteLength } from './data-types.js';
import { ModelFault, quote } from './model-fault.js';
import type { TensorInfo } from './types.js';

/** Dimensions of a tensor; weights have five at most. */
const HIGHEST_RANK = 64;

/**
 * Refuses a tensor whose shape cannot be, or whose bytes are not those of its shape.
 * Typed data (`float_data` …) is not counted: that would be to read it.
 * @throws ModelFault
 */
export function checkTensor({ name, dims, dataType, raw, external }: TensorInfo): void {
  if (dims.length > HIGHEST_RANK)
    throw new ModelFault(`the weight ${quote(name)} has ${dims.length} dimensions`);
  const shape = `[${dims.join(', ')}]`;
  if (dims.some((dim) => dim < 0)) throw new ModelFault(`the weight ${quote(name)} has the shape ${shape}`);
  const wanted = byteLength(dataType, dims);
  if (!Number.isSafeInteger(wanted ?? dims.reduce((product, dim) => product * dim, 1))) {
    throw new ModelFault(`the weight ${quote(name)} has the shape ${shape}, which no file can hold`);
  }
  const given = raw === null ? (external?.length ?? null) : raw.end - raw.start;
  if (wanted !== null && given !== null && wanted !== given) {
    throw new ModelFault(
      `the weight ${quote(name)} has ${given} bytes where its shape ${shape} wants ${wanted}`,
    );
  }
}
