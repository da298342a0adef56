import {
  checkPermutations,
  type FieldCheck,
  type OnShare,
  type SampledValues,
} from '../analyse/permutations/permutation-check.js';
import { Exit, UserError } from '../core/errors.js';
import { formatNeuron, type NeuronId } from '../core/neuron-name.js';
import type { LabelNull } from '../analyse/permutations/maximum-null.js';
import type { ConceptAnswer, ConceptQuestion } from './concepts.js';
import { labelName } from './concept-table.js';
import { counted, decimals, figure, grouped } from './numbers.js';
import type { Paint } from './paint.js';
import { textTable, wrap, type Column } from './text-table.js';
import { shortEnd } from './text-width.js';
import type { ConceptSort, ProfileView } from './view.js';
import { visible } from './visible.js';

/** How labels are shuffled. */
export interface PermutationQuestion {
  permutations: number;
  seed: number;
}

/** A neuron among the best of a label. */
type BestNeuron = NeuronId & Omit<LabelNull['best'][number], 'index'>;

/** What chance gives, field by field; figures that there are not are NaN. */
export interface PermutationAnswer extends PermutationQuestion {
  /** By what neurons are ranked. */
  statistic: ConceptSort;
  fields: (Omit<FieldCheck, 'labels'> & {
    labels: (Omit<FieldCheck['labels'][number], 'best'> & { best: BestNeuron[] })[];
  })[];
}

/** Neurons of a label where one is asked for. */
const LIMIT = 20;

/**
 * The permutation check that goes with an answer of `askConcepts`.
 * @param answer of the same question
 * @throws UserError (2) where the profile has no labels of documents, or the label asked for is one of spans
 */
export async function askPermutations(
  view: ProfileView,
  sample: SampledValues,
  answer: ConceptAnswer,
  { sort, limit }: Pick<ConceptQuestion, 'sort' | 'limit'>,
  { permutations, seed }: PermutationQuestion,
  onProgress?: OnShare,
): Promise<PermutationAnswer> {
  const { settings } = view.manifest;
  const [low, high] = settings['sketch_range'] as [number, number];
  if (answer.span != null) {
    throw new UserError({
      what: 'labels of spans are not permuted: their neurons are compared within documents',
      where: '--permutations',
      todo: 'leave it out, or name a label of --label-field',
      exit: Exit.USAGE,
    });
  }
  const checked = await checkPermutations(
    sample,
    {
      ...{ fields: settings['label_fields'] as string[], label: answer.label, sort, permutations, seed },
      ...{ best: limit ?? (answer.label === null ? 1 : LIMIT), sketchRange: { low, high } },
      profileSeed: settings['seed'] as number,
    },
    onProgress,
  );
  const named = namesOf(
    view,
    checked.flatMap(({ labels }) => labels.flatMap(({ best }) => best.map(({ index }) => index))),
  );
  const fields = checked.map(({ labels, ...field }) => ({
    ...field,
    labels: labels.map(({ best, ...label }) => ({
      ...label,
      best: best.map(({ index, ...figures }) => ({ ...named.get(index)!, ...figures })),
    })),
  }));
  return { permutations, seed, statistic: sort, fields };
}

/** The names of some neurons by their number in the order of the model. */
function namesOf(view: ProfileView, numbers: readonly number[]): Map<number, NeuronId> {
  const wanted = new Set(numbers);
  const names = new Map<number, NeuronId>();
  let number = 0;
  for (const { group, layer, neuron } of view.neurons('group', 'layer', 'neuron')) {
    if (wanted.has(number)) names.set(number, { group, layer, neuron });
    number++;
  }
  return names;
}

type CheckedField = PermutationAnswer['fields'][number];
type CheckedLabel = CheckedField['labels'][number];

/** The check of every label, its best neuron alone; or of the one asked for, with all that are named. */
export function permutationLines(
  { permutations, seed, statistic, fields }: PermutationAnswer,
  isOfOne: boolean,
  { paint, width }: { paint: Paint; width: number },
): string[] {
  const { title, says } = STATISTICS[statistic];
  const tables = fields.flatMap((field) => {
    const [head, ...lines] = isOfOne
      ? neuronTable(field.labels, title)
      : labelTable(field.field, field.labels, title, width);
    const figures = isOfOne ? field.labels.map((label) => labelSays(label, field.neurons)) : [];
    return [
      ...[fieldSays(field), ...figures].flatMap((text) => wrap(text, width, '  ')),
      '',
      ...(lines.length === 0 ? ['  nothing was tested'] : [paint.faint(head!), ...lines]),
      '',
    ];
  });
  const shuffled = `Labels were shuffled ${counted(permutations, 'time')} (--seed ${seed}) over the documents that were kept, all of a document’s together, and of each shuffle the largest figure over all neurons was taken.`;
  return [
    paint.heading('What chance gives'),
    ...wrap(shuffled, width, '  '),
    ...tables,
    ...wrap(`${title}: ${says}, of these documents alone. ${LEGEND}`, width, '  '),
    '',
  ];
}

function fieldSays({ field, documents, neurons, left_out, untested }: CheckedField): string {
  const lack =
    left_out === 0
      ? ''
      : `, ${counted(left_out, 'neuron')} left out (no value in one of these, or always the same)`;
  const of = neurons === 0 ? '' : `, ${counted(neurons, 'neuron')}${lack}`;
  const named = untested
    .slice(0, NAMED)
    .map(({ label, documents: [first, second] }) => `${labelName({ field, label })} (${first} + ${second})`);
  const more = untested.length > NAMED ? ` and ${grouped(untested.length - NAMED)} more` : '';
  const rare = `Not tested, with fewer than 20 documents with or without them in a half: ${named.join(', ')}${more}.`;
  return `${visible(field)}: ${counted(documents, 'document')}${of}.${named.length === 0 ? '' : ` ${rare}`}`;
}

/** Untested labels that are named one by one. */
const NAMED = 12;

function labelSays({ documents, quantile_95, quantile_99, beyond }: CheckedLabel, neurons: number): string {
  const [first, second] = documents;
  return `${grouped(first + second)} of them have the label. Shuffled, the largest is beyond ${decimals(quantile_95, 3)} in 5 % and beyond ${decimals(quantile_99, 3)} in 1 %; ${grouped(beyond)} of the ${counted(neurons, 'neuron')} are beyond the former.`;
}

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });
/** Columns that all but the label take. */
const FIGURES_WIDTH = 70;
const LABEL_WIDTH = 18;

function labelTable(field: string, labels: readonly CheckedLabel[], title: string, width: number): string[] {
  const columns = [
    ...[left('label'), right('with'), left('neuron')],
    ...[title, 'p', '95 %', '99 %', 'beyond'].map(right),
  ];
  const rows = labels.map(({ label, documents: [first, second], best: [best], ...chance }) => [
    shortEnd(labelName({ field, label }), Math.max(LABEL_WIDTH, width - FIGURES_WIDTH)),
    grouped(first + second),
    ...(best === undefined ? ['', '', ''] : neuronCells(best)),
    decimals(chance.quantile_95, 3),
    decimals(chance.quantile_99, 3),
    grouped(chance.beyond),
  ]);
  return textTable(columns, rows).map((line) => `  ${line}`);
}

function neuronTable(labels: readonly CheckedLabel[], title: string): string[] {
  const rows = labels.flatMap(({ best }) => best.map(neuronCells));
  return textTable([left('neuron'), right(title), right('p')], rows).map((line) => `  ${line}`);
}

function neuronCells(best: BestNeuron): string[] {
  return [formatNeuron(best), decimals(best.value, 3), figure(best.p)];
}

const STATISTICS: Readonly<Record<ConceptSort, { title: string; says: string }>> = {
  f1: { title: 'F1', says: 'of the best threshold on half 0 (above: the F1 in brackets)' },
  auroc: { title: 'AUROC−½', says: 'how far AUROC is from 0.5, and which way' },
  d: { title: 'd', says: 'difference of the means in standard deviations' },
  r: { title: 'r', says: 'correlation of value and label' },
  p: { title: 'z', says: 'of the Mann–Whitney test, which p is made of' },
};

/** What the other figures are. */
const LEGEND =
  'p: share of shuffles, this labelling among them, whose largest figure is as large: adjusted for all neurons, not ' +
  'for several labels. 95 %, 99 %: what the largest exceeds in 5 % and 1 % of shuffles. beyond: neurons beyond the 95 %.';
