import { setImmediate } from 'node:timers/promises';
import type { NeuronId } from '../core/neuron-name.js';
import { EXAMPLE_COLUMNS } from '../profile/format.js';
import { rowReader } from '../profile/read/row.js';
import type { ExampleRow, NeuronRow } from '../profile/rows.js';
import type { OpenProfile } from '../profile/open-profile.js';
import type { ExportContext } from './types.js';

export interface ExportedNeuron {
  id: NeuronId;
  /** Null where the profile has no figures (`topk`). */
  figures: NeuronRow | null;
  /** All of them, in the order of the table. */
  examples: ExampleRow[];
}

/** Neurons between which nothing else is let in. */
const AT_ONCE = 16;

/** Every neuron with its examples, in the order of the model; one at a time is in memory. Tells how far it is. */
export async function* walkNeurons({
  profile,
  onProgress,
  signal,
}: ExportContext): AsyncIterable<ExportedNeuron> {
  const total = profile.manifest.model.sites.reduce((sum, { neurons }) => sum + neurons, 0);
  let done = 0;
  for (const neuron of profile.has('neurons') ? joined(profile) : ofExamples(profile)) {
    yield neuron;
    if (++done % AT_ONCE !== 0) continue;
    onProgress(done, total);
    await setImmediate(); // a signal is heard
    signal.throwIfAborted();
  }
  onProgress(total, total);
}

/** Both tables are in the order of the model, so one walk over each suffices. */
function* joined(profile: OpenProfile): Iterable<ExportedNeuron> {
  const groups = ofExamples(profile)[Symbol.iterator]();
  const take = (): ExportedNeuron | null => {
    const result = groups.next();
    return result.done === true ? null : result.value;
  };
  let next = take();
  for (const figures of profile.neurons()) {
    const { group, layer, neuron } = figures;
    const id = { group, layer, neuron };
    const hasExamples = next !== null && isSame(next.id, id);
    yield { id, figures, examples: hasExamples ? next!.examples : [] };
    if (hasExamples) next = take();
  }
}

function* ofExamples(profile: OpenProfile): Generator<ExportedNeuron, void> {
  let current: ExportedNeuron | null = null;
  for (const batch of profile.batches('examples')) {
    const at = rowReader(EXAMPLE_COLUMNS, batch);
    for (let row = 0; row < batch.numRows; row++) {
      const example = at(row);
      if (current === null || !isSame(current.id, example)) {
        if (current !== null) yield current;
        const { group, layer, neuron } = example;
        current = { id: { group, layer, neuron }, figures: null, examples: [] };
      }
      current.examples.push(example);
    }
  }
  if (current !== null) yield current;
}

function isSame(a: NeuronId, b: NeuronId): boolean {
  return a.neuron === b.neuron && a.layer === b.layer && a.group === b.group;
}
