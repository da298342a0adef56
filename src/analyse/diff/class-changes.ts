import { formatNeuron } from '../../core/neuron-name.js';
import type { ExplainedBy } from '../../profile/explained.js';
import type { OpenProfile } from '../../profile/open-profile.js';
import type { NeuronDiff } from './neuron-diff.js';

/** Neurons that are named for something else than before, as `--explain` names them. */
export interface ClassChanges {
  count: number;
  /** What they were and became, the most frequent first. */
  moves: { from: ExplainedBy; to: ExplainedBy; count: number }[];
  /** The first of them, in the order of the model. */
  neurons: { neuron: string; from: ExplainedBy; to: ExplainedBy }[];
}

/** Compares what neurons are named for, as pairs of them come. Memory: a name for each neuron that has one. */
export class ClassWatch {
  private readonly before: ReadonlyMap<string, ExplainedBy>;
  private readonly after: ReadonlyMap<string, ExplainedBy>;
  private readonly named: number;
  private readonly moves = new Map<string, ClassChanges['moves'][number]>();
  private readonly neurons: ClassChanges['neurons'] = [];
  private count = 0;

  /** @param named how many neurons are kept by name */
  constructor(before: OpenProfile, after: OpenProfile, named: number) {
    this.before = classesOf(before);
    this.after = classesOf(after);
    this.named = named;
  }

  add(diff: NeuronDiff): void {
    const neuron = formatNeuron(diff);
    const other = diff.partner === undefined ? neuron : formatNeuron({ ...diff, ...diff.partner });
    const [from, to] = [this.before.get(neuron) ?? '', this.after.get(other) ?? ''];
    if (from === to) return;
    this.count++;
    const key = `${from} ${to}`;
    const move = this.moves.get(key) ?? { from, to, count: 0 };
    this.moves.set(key, { ...move, count: move.count + 1 });
    if (this.neurons.length < this.named) this.neurons.push({ neuron, from, to });
  }

  result(): ClassChanges {
    const moves = [...this.moves.values()].sort((a, b) => b.count - a.count);
    return { count: this.count, moves, neurons: this.neurons };
  }
}

/** Whether both were asked for the same, without which a name does not mean the same. */
export function haveSameClasses(a: OpenProfile, b: OpenProfile): boolean {
  const [before, after] = [a, b].map(({ manifest }) => JSON.stringify(manifest.settings['explain'] ?? null));
  return before === after && a.has('explained') && b.has('explained');
}

function classesOf(profile: OpenProfile): Map<string, ExplainedBy> {
  const classes = new Map<string, ExplainedBy>();
  for (const row of profile.explained())
    if (row.explained_by !== '') classes.set(formatNeuron(row), row.explained_by as ExplainedBy);
  return classes;
}
