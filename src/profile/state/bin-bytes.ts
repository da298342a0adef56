import { widenFor, type LabelBins } from '../../accumulate/label-bins.js';
import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';
import { filledBins, type Counts } from './filled-bins.js';

/** Bins of a histogram, neuron by neuron: non-empty ones, how many, then (bins skipped, count) each. */
export function writeBins(writer: ByteWriter, bins: Counts, neurons: number): void {
  const width = bins.length / Math.max(1, neurons);
  const filled = new Int32Array(width);
  for (let j = 0; j < neurons; j++) {
    const start = j * width;
    const count = filledBins(bins, start, start + width, filled);
    writer.reserve((1 + 2 * count) * VARINT_BYTES);
    writer.varint(count);
    let next = start;
    for (let i = 0; i < count; i++) {
      const bin = filled[i]!;
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

/** The same of a label. @param bins empty */
export function readLabelBins(reader: ByteReader, bins: LabelBins, neurons: number, width: number): void {
  let { counts } = bins;
  for (let j = 0; j < neurons; j++) {
    let bin = j * width;
    let values = 0;
    for (let filled = reader.varint(); filled > 0; filled--) {
      bin += reader.varint();
      const count = reader.varint();
      values += count;
      if (values > bins.bound) counts = widenFor(bins, values - bins.bound);
      counts[bin++] = count;
    }
  }
}
