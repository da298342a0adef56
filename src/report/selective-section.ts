import { parseNeuron, type NeuronId } from '../core/neuron-name.js';
import { exampleLines, schemeOfExamples } from './example-lines.js';
import { sparkline } from './histogram-blocks.js';
import { figure, percent } from './numbers.js';
import type { Paint } from './paint.js';
import { wrap } from './text-table.js';
import type { ExampleRow, ProfileView } from './view.js';

/** Columns of a small histogram. */
const SPARK = 40;

/** Below this, the rarest of what a neuron responds to has hardly been seen. */
const FEW_TOKENS = 5000;
const FEW_WORDS = 'On so few tokens this order says little: it takes thousands to tell what is rare.';

export interface SelectiveLook {
  paint: Paint;
  width: number;
  /** Neurons shown, and examples of each. */
  neurons: number;
  examples: number;
}

/** The most selective neurons, each with its figures, a small histogram and its best examples. */
export function selectiveSection(
  view: ProfileView,
  { paint, width, neurons, examples }: SelectiveLook,
): string[] {
  const named = view.manifest.summary.most_selective.slice(0, neurons).map(({ neuron, selectivity }) => {
    const id = parseNeuron(neuron);
    return { name: neuron, id, selectivity, top: view.examplesOf(id, 'top').slice(0, examples) };
  });
  const scheme = schemeOfExamples(named.flatMap(({ top }): readonly ExampleRow[] => top));
  const few = view.manifest.corpus.counted_tokens < FEW_TOKENS;
  const caveat = few && named.length > 0 ? [...wrap(FEW_WORDS, width, '  '), ''] : [];
  const lines = named.flatMap(({ name, id, selectivity, top }, i) => [
    ...(i > 0 ? [''] : []),
    `  ${[paint.heading(name), `selectivity ${figure(selectivity)}`, ...figuresOf(view, id)].join('  ')}`,
    ...small(view, id),
    ...(top.length > 0 ? exampleLines(top, { paint, width, indent: '    ', scheme }) : []),
  ]);
  return [...caveat, ...lines];
}

function figuresOf(view: ProfileView, id: NeuronId): string[] {
  const row = view.neuron(id);
  if (row === null) return [];
  return [`active ${percent(row.active_rate)}`, `mean ${figure(row.mean)}`, `std ${figure(row.std)}`];
}

function small(view: ProfileView, id: NeuronId): string[] {
  const row = view.neuron(id);
  const bins = view.histogramOf(id);
  if (row === null || row.min === null || row.max === null || bins.length === 0) return [];
  return [`    ${sparkline(bins, SPARK, { min: row.min, max: row.max })}`];
}
