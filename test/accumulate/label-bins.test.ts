import { describe, expect, test } from 'vitest';
import { conceptBinCount } from '../../src/accumulate/concept-bins.js';
import { setOf } from '../../src/accumulate/concept-state.js';
import { conceptsAccumulator } from '../../src/accumulate/concepts.js';
import { DocumentLog } from '../../src/accumulate/document-log.js';
import { labelBins, mergeLabelBins, widenFor, type LabelBins } from '../../src/accumulate/label-bins.js';
import { SpanLog } from '../../src/accumulate/span-log.js';
import { readLabelBins, writeBins } from '../../src/profile/state/bin-bytes.js';
import { ByteReader } from '../../src/profile/state/byte-reader.js';
import { ByteWriter } from '../../src/profile/state/byte-writer.js';

const RANGE = { low: -1, high: 1 };
const WIDTH = conceptBinCount(RANGE);
/** More than 16 bits hold. */
const MANY = 70_000;

describe('histograms of labels', () => {
  test('have 16 bits while no count can be larger, and 32 from then on', () => {
    const bins = labelBins(2, RANGE);
    widenFor(bins, 65_535)[3] = 65_535;
    expect(bins.counts).toBeInstanceOf(Uint16Array);
    widenFor(bins, 1)[3]!++;
    expect(bins.counts).toBeInstanceOf(Uint32Array);
    expect(bins.counts[3]).toBe(65_536);
  });

  test('are wide enough for a sum of two', () => {
    const [a, b] = [40_000, 30_000].map((count) => {
      const bins = labelBins(1, RANGE);
      widenFor(bins, count)[5] = count;
      return bins;
    });
    mergeLabelBins(a!, b!);
    expect([...a!.counts]).toEqual(Array.from({ length: WIDTH }, (_, bin) => (bin === 5 ? MANY : 0)));
  });

  test('hold more documents than 16 bits count', () => {
    const concepts = conceptsAccumulator({ sketchRange: RANGE, seed: 0 }).empty(1);
    const [half] = setOf(concepts, 0, 'label').halves;
    const log = new DocumentLog(1, RANGE);
    const value = Float32Array.of(1.5);
    for (let i = 0; i < MANY; i++) log.add(value, [half]);
    log.spill();
    expect(half.values[0]).toBe(MANY);
    expect(Math.max(...half.bins.counts)).toBe(MANY);
  });

  test('hold more tokens than 16 bits count, in tiles and beside them', () => {
    const neurons = 35;
    const bins = labelBins(neurons, RANGE);
    const log = new SpanLog(neurons, RANGE);
    const words = new Uint32Array(32).fill(0x02020202);
    for (let i = 0; i < MANY; i++) {
      log.reserve(1);
      log.set(log.row([bins]), 0, neurons, words);
    }
    log.spill();
    expect(Array.from({ length: neurons }, (_, j) => bins.counts[j * WIDTH + 2])).toEqual(
      new Array(neurons).fill(MANY),
    );
  });

  test('are read as they were written, and count on', () => {
    const many = labelBins(2, RANGE);
    const counts = widenFor(many, MANY);
    [counts[1], counts[WIDTH], counts[2 * WIDTH - 1]] = [7, MANY - 1, 1];
    expect(readAgain(many)).toEqual(many);
    const few = labelBins(2, RANGE);
    widenFor(few, 40_000)[3] = 40_000;
    const read = readAgain(few);
    expect(read).toEqual(few);
    mergeLabelBins(read, few);
    expect(read.counts[3]).toBe(80_000);
  });
});

function readAgain({ counts }: LabelBins): LabelBins {
  const writer = new ByteWriter();
  writeBins(writer, counts, 2);
  const read = labelBins(2, RANGE);
  readLabelBins(new ByteReader(writer.written()), read, 2, WIDTH);
  return read;
}
