import { Exit, UserError } from '../core/errors.js';
import { formatNeuron, type NeuronId } from '../core/neuron-name.js';
import type { LabelCounts } from '../profile/types.js';
import { caution } from './caution.js';
import { labelLines } from './concept-labels.js';
import { CONCEPT_LEGEND, conceptTable, labelName, type ConceptColumns } from './concept-table.js';
import { counted, grouped } from './numbers.js';
import type { Paint } from './paint.js';
import { requireNeuron } from './require-neuron.js';
import { wrap } from './text-table.js';
import type { ConceptRow, ConceptSort, ProfileView } from './view.js';

/** What is asked of a profile's labels. */
export interface ConceptQuestion {
  /** `field=label`, or a label alone where one field has it; the neurons that follow it are shown. */
  label: string | null;
  /** Its labels are shown. With neither, the best neuron of each label. */
  neuron: NeuronId | null;
  sort: ConceptSort;
  /** Neurons of a label, or labels of a neuron; null: 20, or of each label one. */
  limit: number | null;
}

export interface ConceptAnswer {
  labels: LabelCounts[];
  /** The label asked for. */
  label: LabelOf | null;
  rows: readonly ConceptRow[];
}

interface LabelOf {
  field: string;
  label: string;
  documents: [number, number];
  tested: boolean;
}

const LIMIT = 20;

/** @throws UserError (2) where the profile has no labels, or not that label or neuron */
export function askConcepts(
  view: ProfileView,
  { label, neuron, sort, limit }: ConceptQuestion,
): ConceptAnswer {
  const { labels } = view.manifest;
  if (labels === undefined) {
    throw usage('this profile was made without labels', 'make it again with --label-field FIELD and --force');
  }
  if (neuron !== null) {
    requireNeuron(view, neuron);
    const rows = view.conceptsOf(neuron, sort).filter((row) => row.p !== null);
    return { labels, label: null, rows: rows.slice(0, limit ?? LIMIT) };
  }
  const asked = label === null ? null : findLabel(labels, label);
  const most = limit ?? (asked === null ? 1 : LIMIT);
  return { labels, label: asked, rows: view.bestConcepts({ label: asked, sort, limit: most }) };
}

export function renderConcepts(
  { labels, label, rows }: ConceptAnswer,
  { neuron, sort }: ConceptQuestion,
  { paint, width }: { paint: Paint; width: number },
): string {
  const shown: ConceptColumns = { label: label === null, neuron: neuron === null };
  const title =
    label !== null
      ? `Neurons that tell ${labelName(label)}`
      : neuron !== null
        ? `Labels that ${formatNeuron(neuron)} tells`
        : 'The best neurons of each label';
  const [head, ...lines] = conceptTable(rows, shown, width);
  return [
    paint.heading(title),
    ...(label === null ? labelLines(labels, width) : wrap(labelSays(label, labels), width, '  ')),
    '',
    ...(rows.length === 0 ? ['  nothing was tested'] : [paint.faint(head!), ...lines]),
    '',
    ...wrap(`${CONCEPT_LEGEND} ${SORTED[sort]}`, width, '  '),
    '',
    ...caution(width),
    '',
  ].join('\n');
}

const SORTED: Readonly<Record<ConceptSort, string>> = {
  f1: 'Sorted by the F1 in brackets, so that the other is not picked for being high.',
  auroc: 'Sorted by how far AUROC is from 0.5.',
  d: 'Sorted by the size of d.',
  r: 'Sorted by the size of r.',
  p: 'Sorted by the p that q is made of.',
};

function labelSays({ field, documents, tested }: LabelOf, labels: readonly LabelCounts[]): string {
  const all = labels.find((each) => each.field === field)!.documents;
  const [has, of] = [documents[0] + documents[1], all[0] + all[1]];
  const halves = `${documents[0]} + ${documents[1]} in the halves`;
  const why = tested ? '' : ' Not tested: fewer than 20 with it or without it in a half.';
  return `${grouped(has)} of the ${counted(of, 'document')} that have the field: ${halves}.${why}`;
}

function findLabel(labels: readonly LabelCounts[], text: string): LabelOf {
  const all = labels.flatMap(({ field, labels: ofField }) => ofField.map((each) => ({ field, ...each })));
  const exact = all.find(({ field, label }) => `${field}=${label}` === text);
  const alone = all.filter(({ label }) => label === text);
  const found = exact ?? (alone.length === 1 ? alone[0] : undefined);
  if (found !== undefined) return found;
  const shown = all.slice(0, LISTED).map(labelName).join(', ');
  const more = all.length > LISTED ? ` and ${all.length - LISTED} more` : '';
  throw usage(
    `there is no label "${text}" in this profile`,
    `name one as FIELD=LABEL; it has: ${shown}${more}`,
  );
}

/** Labels that an error lists. */
const LISTED = 8;

function usage(what: string, todo: string): UserError {
  return new UserError({ what, where: 'the command line', todo, exit: Exit.USAGE });
}
