import { InferenceSession, Tensor } from 'onnxruntime-node';
import { DataType } from '../../onnx/data-types.js';
import { intAttribute, modelProto, node, valueInfo } from '../../onnx/write-model.js';
import type { Unembedding } from './unembedding.js';

/** Bytes of weights that are read at once. */
const CHUNK_BYTES = 64 * 2 ** 20;

/** An unembedding in memory, ready to multiply. */
export interface Logits {
  /**
   * What vectors of the stream do to the logits: W_U · (gain ⊙ w), w without its mean where the norm takes it.
   * @param vectors one after another, each d_model long; overwritten
   * @returns [vectors, vocabulary], one after another
   */
  of(vectors: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Reads an unembedding whole (4 bytes a weight) and multiplies by ONNX Runtime
 * in float32: each logit is within d_model · 2⁻²⁴ · Σ|W_U·gain·w| of its value
 * (Higham 2002, Accuracy and Stability of Numerical Algorithms, §3.1).
 */
export async function openLogits(
  { matrix: { stored, transposed }, gain, norm, dModel, vocabulary }: Unembedding,
  threads: number,
): Promise<Logits> {
  const weights = new Float32Array(stored.rows * stored.columns);
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (4 * stored.columns)));
  for (let row = 0; row < stored.rows; row += step) {
    weights.set(stored.read(row, Math.min(stored.rows, row + step)), row * stored.columns);
  }
  const matrix = new Tensor('float32', weights, [stored.rows, stored.columns]);
  const session = await InferenceSession.create(product(transposed), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    async of(vectors) {
      const count = vectors.length / dModel;
      for (let start = 0; start < vectors.length; start += dModel) {
        normed(vectors.subarray(start, start + dModel), gain, norm === 'LayerNorm');
      }
      const { logits } = await session.run({
        vectors: new Tensor('float32', vectors, [count, dModel]),
        matrix,
      });
      if (logits!.size !== count * vocabulary) throw new RangeError('an unembedding of another shape');
      return logits!.data as Float32Array;
    },
    close: () => session.release(),
  };
}

function normed(vector: Float32Array, gain: Float32Array, centred: boolean): void {
  let sum = 0;
  if (centred) for (const value of vector) sum += value;
  const mean = sum / vector.length;
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i]! - mean) * gain[i]!;
}

/** A model that multiplies: vectors · matrix, or · its transpose. */
function product(transposed: boolean): Uint8Array {
  return modelProto(
    8,
    [{ domain: '', version: 17 }],
    [
      node('Gemm', '', ['vectors', 'matrix'], ['logits'], [intAttribute('transB', transposed ? 1 : 0)]),
      valueInfo(11, 'vectors', DataType.FLOAT, ['count', 'd_model']),
      valueInfo(11, 'matrix', DataType.FLOAT, ['rows', 'columns']),
      valueInfo(12, 'logits', DataType.FLOAT, ['count', 'vocabulary']),
    ],
  );
}
