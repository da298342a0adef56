import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import type { ExampleRow } from '../profile/rows.js';
import { grouped } from '../report/numbers.js';
import { ExampleRecords, type ExampleRecord } from './example-record.js';
import { writeWhole } from './export-folder.js';
import { requireExamples } from './require-examples.js';
import type { OpenProfile } from '../profile/open-profile.js';
import type { Exporter } from './types.js';
import { walkNeurons, type ExportedNeuron } from './walk-neurons.js';

/** Sides of examples.arrow that a profile has where it was asked for: a uniform sample, and one of each band. */
const RANDOM = 'random';
const BAND = 'band';

/** Powers of two between which the run's histogram has its bins. */
type SketchRange = Record<'low' | 'high', number>;

/** Splits of top records that the explainer makes, and of random ones (neuron_explainer/activations/activations.py). */
const LEAST_TOP = 4;
const LEAST_RANDOM = 3;

/** Files under way at once: each waits for its disk. */
const AT_ONCE = 32;

/**
 * OpenAI's neuron explainer: `{layer}/{neuron}.json`, a NeuronRecord each, as its fast_dataclasses reads it
 * (https://github.com/openai/automated-interpretability). Of two groups each has a folder of its own.
 */
export const exportNeuronRecords: Exporter = async (context) => {
  const { profile, folder } = context;
  const records = new ExampleRecords(requireExamples(profile, 'neuron-record'));
  requireSample(profile);
  const [low, high] = profile.manifest.settings['sketch_range'] as [number, number];
  const range = { low, high };
  const folders = new Set<string>();
  let neurons = 0;
  let few = 0;
  let pending: Promise<void>[] = [];
  try {
    for await (const neuron of walkNeurons(context)) {
      const { group, layer, neuron: index } = neuron.id;
      const place = path.join(folder, group, String(layer));
      if (!folders.has(place)) await mkdir(place, { recursive: true });
      folders.add(place);
      const record = neuronRecord(neuron, records, range);
      const { most_positive_activation_records: top, random_sample: random } = record;
      if (top.length < LEAST_TOP || random.length < LEAST_RANDOM) few++;
      neurons++;
      pending.push(writeWhole(path.join(place, `${index}.json`), [Buffer.from(JSON.stringify(record))]));
      if (pending.length < AT_ONCE) continue;
      await Promise.all(pending);
      pending = [];
    }
    await Promise.all(pending);
  } finally {
    await Promise.allSettled(pending); // nothing is written any more when the folder is removed
  }
  const notices = records.notices();
  if (few > 0)
    notices.push(
      `${grouped(few)} of ${grouped(neurons)} neurons have fewer than ${LEAST_TOP} top or ${LEAST_RANDOM} random records, which explaining one needs`,
    );
  return { wrote: `${grouped(neurons)} neurons`, notices };
};

/** A neuron as a NeuronRecord; figures that are null stay null, and kurtosis is excess kurtosis. */
function neuronRecord(
  { id, figures, examples }: ExportedNeuron,
  records: ExampleRecords,
  range: SketchRange,
) {
  const recordsOf = (rows: readonly ExampleRow[]) => rows.flatMap((row) => record(records.of(row)));
  const bands = bandsOf(sideOf(examples, BAND), range);
  return {
    dataclass_name: 'NeuronRecord',
    neuron_id: { dataclass_name: 'NeuronId', layer_index: id.layer, neuron_index: id.neuron },
    random_sample: recordsOf(sideOf(examples, RANDOM)),
    random_sample_by_quantile: bands === null ? null : bands.map(({ rows }) => recordsOf(rows)),
    // One less than there are bands: where one ends and the next begins.
    quantile_boundaries: bands === null ? null : bands.slice(1).map(({ lower }) => lower),
    mean: figures?.mean ?? null,
    variance: figures?.variance ?? null,
    skewness: figures?.skewness ?? null,
    kurtosis: figures?.kurtosis ?? null,
    most_positive_activation_records: recordsOf(sideOf(examples, 'top')),
  };
}

function record(example: ExampleRecord | null) {
  return example === null ? [] : [{ dataclass_name: 'ActivationRecord', ...example }];
}

function sideOf(examples: readonly ExampleRow[], side: string): ExampleRow[] {
  return examples.filter((row) => row.side === side);
}

interface Band {
  /** The smallest activation that belongs to it. */
  lower: number;
  rows: ExampleRow[];
}

/** Examples by the band that they were sampled from, ascending; null where there are none. */
function bandsOf(rows: readonly ExampleRow[], range: SketchRange): Band[] | null {
  if (rows.length === 0) return null;
  const bands = new Map<number, Band>();
  for (const row of rows) {
    const lower = lowerEdge(row.value, range);
    const band = bands.get(lower) ?? { lower, rows: [] };
    bands.set(lower, band);
    band.rows.push(row);
  }
  return [...bands.values()].sort((a, b) => a.lower - b.lower);
}

/**
 * Of [2^k, 2^(k+1)) or (−2^(k+1), −2^k]. As in the run that sampled them (accumulate/samples.ts) all that is nearer zero
 * than 2^low is one band, and the outermost octaves have all beyond them too.
 */
function lowerEdge(value: number, { low, high }: SketchRange): number {
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** low) return -(2 ** low);
  const octave = Math.min(Math.floor(Math.log2(magnitude)), high - 1);
  return value > 0 ? 2 ** octave : -(2 ** (octave + 1));
}

/** @throws UserError (exit 65) where no example is of the uniform sample */
function requireSample(profile: OpenProfile): void {
  for (const batch of profile.batches('examples')) {
    const side = batch.getChild('side')!;
    for (let row = 0; row < batch.numRows; row++) if (side.get(row) === RANDOM) return;
  }
  throw new UserError({
    what: 'a NeuronRecord needs random examples, and this profile has none',
    where: 'examples.arrow, side',
    todo: 'profile with --examples random,bands',
    exit: Exit.DATA,
  });
}
