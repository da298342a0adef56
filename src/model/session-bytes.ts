import { byteLength, DataType } from '../onnx/data-types.js';
import type { Weight } from './weights.js';

/** ONNX Runtime's CPU kernels have none of these: it widens such weights to float32 when it loads them. */
const WIDENED = new Set<number>([DataType.FLOAT16, DataType.BFLOAT16]);

/**
 * Bytes that a session keeps of weights, about: each once in the layout of its
 * kernels. What it reads them from is mapped, and all sessions share it.
 */
export function sessionBytes(weights: readonly Weight[]): number {
  return weights.reduce((sum, { tensor: { dataType, dims } }) => {
    const bytes = byteLength(dataType, dims) ?? 0;
    return sum + (WIDENED.has(dataType) ? 2 * bytes : bytes);
  }, 0);
}
