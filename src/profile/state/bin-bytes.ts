import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';

/** Bins of a histogram, neuron by neuron: non-empty ones, how many, then (bins skipped, count) each. */
export function writeBins(writer: ByteWriter, bins: ArrayLike<number>, neurons: number): void {
  const width = bins.length / Math.max(1, neurons);
  for (let j = 0; j < neurons; j++) {
    const start = j * width;
    const end = start + width;
    let filled = 0;
    for (let bin = start; bin < end; bin++) if (bins[bin] !== 0) filled++;
    writer.reserve((1 + 2 * filled) * VARINT_BYTES);
    writer.varint(filled);
    let next = start;
    for (let bin = start; bin < end; bin++) {
      if (bins[bin] === 0) continue;
      writer.varint(bin - next);
      writer.varint(bins[bin]!);
      next = bin + 1;
    }
  }
}

/** @param bins empty, `width` a neuron */
export function readBins(
  reader: ByteReader,
  bins: Uint32Array | Float64Array,
  neurons: number,
  width: number,
): void {
  for (let j = 0; j < neurons; j++) {
    let bin = j * width;
    for (let filled = reader.varint(); filled > 0; filled--) {
      bin += reader.varint();
      bins[bin++] = reader.varint();
    }
  }
}
