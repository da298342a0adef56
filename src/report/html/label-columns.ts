import { ByteReader } from '../../profile/state/byte-reader.js';
import { ByteWriter } from '../../profile/state/byte-writer.js';
import {
  pickFloats,
  pickNumbers,
  readFloats,
  readPlaces,
  writeFloats,
  writePlaces,
} from './column-planes.js';

/** Which labels of a neuron the page has: those of largest effect, so many, of those so sure. */
export const LABELS_KEPT = { most: 3, largestQ: 0.05 } as const;

/** The labels of documents, or of spans, that neurons follow best. */
export interface LabelColumns {
  names: LabelName[];
  /** Entry r: the label of rank r of each neuron. */
  ranks: RankedLabels[];
}

export interface LabelName {
  field: string;
  label: string;
}

/** A row a neuron. Figures are the float32 nearest to what the file holds; NaN is null. */
interface RankedLabels {
  /** Number of the name; NaN where the neuron has fewer labels. */
  name: Float64Array;
  /** Cohen's d, or of spans dz. */
  effect: Float32Array;
  f1: Float32Array;
  q: Float32Array;
}

const FIGURES = ['effect', 'f1', 'q'] as const;

/** Columns of `rows` neurons that have no labels yet. */
export function emptyLabels(rows: number): LabelColumns {
  const figures = () => new Float32Array(rows).fill(NaN);
  const ranks = Array.from({ length: LABELS_KEPT.most }, () => ({
    ...{ name: new Float64Array(rows).fill(NaN), effect: figures(), f1: figures(), q: figures() },
  }));
  return { names: [], ranks };
}

/** Writes the given rows. */
export function encodeLabels({ names, ranks }: LabelColumns, rows: Int32Array): Uint8Array {
  const writer = new ByteWriter();
  writer.text(JSON.stringify(names));
  for (const rank of ranks) {
    writePlaces(writer, pickNumbers(rank.name, rows));
    for (const figure of FIGURES) writeFloats(writer, pickFloats(rank[figure], rows));
  }
  return writer.written();
}

/** Reads what `encodeLabels` wrote of `rows` neurons. */
export function decodeLabels(bytes: Uint8Array, rows: number): LabelColumns {
  const reader = new ByteReader(bytes);
  const names = JSON.parse(reader.text()!) as LabelName[];
  const ranks = Array.from({ length: LABELS_KEPT.most }, (): RankedLabels => {
    const name = readPlaces(reader, rows);
    const [effect, f1, q] = FIGURES.map(() => readFloats(reader));
    return { name, effect: effect!, f1: f1!, q: q! };
  });
  reader.end();
  return { names, ranks };
}
