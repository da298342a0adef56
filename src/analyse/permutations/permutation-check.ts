import type { SketchRange } from '../../accumulate/bin-of.js';
import { halfOf } from '../../accumulate/document-half.js';
import type { ConceptSort } from '../../profile/read/concepts.js';
import type { SampledDocument } from '../../profile/read/documents.js';
import { LEAST_DOCUMENTS } from '../concepts/pair-figures.js';
import { MaximumNull, type LabelNull } from './maximum-null.js';
import { MOST_ROWS, shuffles } from './shuffles.js';
import { statisticOf, type ShuffledLabel } from './statistic.js';
import { TILE } from './sum-scores.js';
import { pushTo } from '../../core/push-to.js';

/** Values of some documents, as `DocumentSample` reads them from a profile. */
export interface SampledValues {
  documents: readonly SampledDocument[];
  neurons: number;
  /** Values of neurons [first, end) of all documents, row-major; −∞ where a document has none. */
  values(first: number, end: number): Float32Array;
}

/** What is shuffled, how often, and by which figure neurons are ranked. */
export interface PermutationSettings {
  fields: readonly string[];
  /** null: of every label. */
  label: { field: string; label: string } | null;
  /** Whose statistic it is. */
  sort: ConceptSort;
  /** How often labels are shuffled. */
  permutations: number;
  /** Of the shuffles. */
  seed: number;
  /** Neurons named of each label, the best. */
  best: number;
  /** Of the profile: its bins, and the seed of its halves. */
  sketchRange: SketchRange;
  profileSeed: number;
}

/** What chance gives for the labels of one field. */
export interface FieldCheck {
  field: string;
  /** Documents of the sample that have the field. */
  documents: number;
  /** Neurons over which the largest statistic is taken; 0 where no label is tested. */
  neurons: number;
  /** Others: some of these documents have no value of theirs, or all have the same and the statistic is none. */
  left_out: number;
  labels: LabelCheck[];
  /** Labels with fewer than 20 documents with or without them in a half of the sample. */
  untested: { label: string; documents: [number, number] }[];
}

/** The same for one label. */
export interface LabelCheck extends LabelNull {
  label: string;
  /** Documents of the sample that have it, by half. */
  documents: [number, number];
}

/** Places of shuffles that are held at once: 32 MiB. */
const MOST_PLACES = 2 ** 24;
/** Values that are held at once: 64 MiB. */
const MOST_VALUES = 2 ** 24;

/**
 * What chance gives: shuffles the labels of documents, all of a document's together, and takes of each shuffle the
 * largest statistic over all neurons (Westfall and Young, "Resampling-Based Multiple Testing", 1993, single-step maxT;
 * Nichols and Holmes, "Nonparametric permutation tests for functional neuroimaging", 2002).
 * @param onProgress told after each tile of neurons which share of the work is done, and waited for
 * @param mostPlaces places of shuffles that are held at once
 */
export async function checkPermutations(
  sample: SampledValues,
  settings: PermutationSettings,
  onProgress: OnShare = () => {},
  mostPlaces = MOST_PLACES,
): Promise<FieldCheck[]> {
  const { fields, label } = settings;
  const wanted = [...fields.keys()].filter((field) => label === null || fields[field] === label.field);
  const checks: FieldCheck[] = [];
  for (const [i, field] of wanted.entries()) {
    const onField: OnShare = (share) => onProgress((i + share) / wanted.length);
    checks.push(await checkField(sample, { ...settings, field, mostPlaces }, onField));
  }
  return checks;
}

/** Told a share of the work, 0 to 1; what it returns is waited for. */
export type OnShare = (share: number) => void | Promise<void>;

async function checkField(
  sample: SampledValues,
  settings: PermutationSettings & { field: number; mostPlaces: number },
  onProgress: OnShare,
): Promise<FieldCheck> {
  const { field, sort, sketchRange, permutations, seed, best, profileSeed, mostPlaces } = settings;
  const chosen = [...sample.documents.keys()].filter((row) => sample.documents[row]!.labels[field] !== null);
  if (chosen.length > MOST_ROWS)
    throw new RangeError(`${chosen.length} documents have no numbers of 16 bits`);
  const halves = Uint8Array.from(chosen, (row) => halfOf(profileSeed, sample.documents[row]!));
  const all = labelsOf(
    chosen.map((row) => sample.documents[row]!.labels[field]!),
    halves,
  );
  const asked = all.filter(({ label }) => settings.label === null || settings.label.label === label);
  const labels = asked.filter(({ tested }) => tested);
  const nulls = labels.map(() => new MaximumNull(sample.neurons, permutations));
  const statistic = statisticOf(sort, sketchRange, halves);
  const out = new Float64Array(TILE);
  const identity = Uint16Array.from(chosen.keys());
  const batch = Math.max(1, Math.floor(mostPlaces / Math.max(1, chosen.length)));
  for (let first = 0; labels.length > 0 && first < permutations; first += batch) {
    const end = Math.min(permutations, first + batch);
    const orders = shuffles(chosen.length, [first, end], { seed, field });
    for (const { neurons, columns } of tilesOf(sample, chosen)) {
      statistic.prepare(columns);
      for (const [l, label] of labels.entries()) {
        const maximum = nulls[l]!;
        if (first === 0) {
          statistic.of(label, identity, 0, out);
          neurons.forEach((neuron, t) => maximum.observe(neuron, out[t]!));
        }
        for (let b = first; b < end; b++) {
          statistic.of(label, orders, (b - first) * chosen.length, out);
          maximum.take(b, out, neurons.length);
        }
      }
      const inBatch = neurons.at(-1)! / sample.neurons;
      await onProgress((first + inBatch * (end - first)) / permutations);
    }
  }
  const neurons = nulls[0]?.observedNeurons ?? 0;
  return {
    field: settings.fields[field]!,
    documents: chosen.length,
    neurons,
    left_out: labels.length === 0 ? 0 : sample.neurons - neurons,
    labels: labels.map(({ label, documents }, l) => ({ label, documents, ...nulls[l]!.result(best) })),
    untested: asked.filter(({ tested }) => !tested).map(({ label, documents }) => ({ label, documents })),
  };
}

interface LabelRows extends ShuffledLabel {
  label: string;
  documents: [number, number];
  tested: boolean;
}

/** The labels of some documents, by UTF-16 code unit. */
function labelsOf(documents: readonly (readonly string[])[], halves: Uint8Array): LabelRows[] {
  const rowsOf = new Map<string, number[]>();
  for (const [row, labels] of documents.entries()) {
    for (const label of labels) pushTo(rowsOf, label, row);
  }
  const inHalf = (half: number) => halves.reduce((count, each) => count + Number(each === half), 0);
  const all = [inHalf(0), inHalf(1)];
  return [...rowsOf].sort(byLabel).map(([label, rows]) => {
    const second = rows.reduce((count, row) => count + halves[row]!, 0);
    const own: [number, number] = [rows.length - second, second];
    const least = Math.min(...own, ...own.map((count, half) => all[half]! - count));
    return {
      ...{ label, rows: Uint16Array.from(rows), others: documents.length - rows.length },
      ...{ documents: own, tested: least >= LEAST_DOCUMENTS },
    };
  });
}

function byLabel([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Neurons that have a value of every chosen document, with these values, TILE at a time. */
function* tilesOf(
  sample: SampledValues,
  chosen: readonly number[],
): Iterable<{ neurons: number[]; columns: Float32Array[] }> {
  const { documents, neurons } = sample;
  const width = Math.max(1, Math.floor(MOST_VALUES / Math.max(1, documents.length)));
  let tile: { neurons: number[]; columns: Float32Array[] } = { neurons: [], columns: [] };
  for (let first = 0; first < neurons; first += width) {
    const end = Math.min(neurons, first + width);
    const read = sample.values(first, end);
    for (let neuron = first; neuron < end; neuron++) {
      const column = Float32Array.from(chosen, (row) => read[row * (end - first) + neuron - first]!);
      if (column.includes(-Infinity)) continue;
      tile.neurons.push(neuron);
      tile.columns.push(column);
      if (tile.neurons.length < TILE) continue;
      yield tile;
      tile = { neurons: [], columns: [] };
    }
  }
  if (tile.neurons.length > 0) yield tile;
}
