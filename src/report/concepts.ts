import { Exit, UserError } from '../core/errors.js';
import { formatNeuron, type NeuronId } from '../core/neuron-name.js';
import type { LabelCounts, SpanCounts } from '../profile/types.js';
import { caution } from './caution.js';
import { labelLines } from './concept-labels.js';
import { CONCEPT_LEGEND, conceptTable, labelName, type ConceptColumns } from './concept-table.js';
import { counted, grouped } from './numbers.js';
import type { Paint } from './paint.js';
import { permutationLines, type PermutationAnswer } from './permutations.js';
import { requireNeuron } from './require-neuron.js';
import { SPAN_LEGEND, spanLines, spanTable } from './span-table.js';
import { wrap } from './text-table.js';
import type { ConceptRow, ConceptSort, ProfileView, SpanRow } from './view.js';

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
  /** Of documents; none: empty. */
  labels: readonly LabelCounts[];
  /** The label of documents asked for. */
  label: LabelOf | null;
  rows: readonly ConceptRow[];
  /** Only where the profile has labels of spans. */
  spans?: readonly SpanCounts[];
  /** The label of spans asked for. */
  span?: SpanOf | null;
  span_rows?: readonly SpanRow[];
  /** Only where it was asked for. */
  permutations?: PermutationAnswer;
}

type LabelOf = { field: string } & LabelCounts['labels'][number];
type SpanOf = { field: string } & SpanCounts['labels'][number];

const LIMIT = 20;

/** @throws UserError (2) where the profile has no labels, or not that label or neuron */
export function askConcepts(
  view: ProfileView,
  { label, neuron, sort, limit }: ConceptQuestion,
): ConceptAnswer {
  const { labels, spans } = view.manifest;
  if (labels === undefined && spans === undefined) {
    throw usage(
      'this profile was made without labels',
      'make it again with --label-field FIELD, --span-field FIELD or --lexical, and --force',
    );
  }
  const answer = (found: Found): ConceptAnswer => ({
    labels: labels ?? [],
    label: found.label,
    rows: found.rows,
    ...(spans === undefined ? {} : { spans, span: found.span, span_rows: found.spanRows }),
  });
  if (neuron !== null) {
    requireNeuron(view, neuron);
    const most = limit ?? LIMIT;
    const rows = view.conceptsOf(neuron, sort).filter((row) => row.p !== null);
    const spanRows = view.spansOf(neuron, sort).filter((row) => row.p !== null);
    return answer({ label: null, rows: rows.slice(0, most), span: null, spanRows: spanRows.slice(0, most) });
  }
  const asked = label === null ? null : findLabel(labels ?? [], spans ?? [], label);
  const query = { label: asked, sort, limit: limit ?? (asked === null ? 1 : LIMIT) };
  const [ofDocuments, ofSpans] = [asked === null || !isSpan(asked), asked === null || isSpan(asked)];
  return answer({
    label: asked === null || isSpan(asked) ? null : asked,
    rows: ofDocuments ? view.bestConcepts(query) : [],
    span: asked !== null && isSpan(asked) ? asked : null,
    spanRows: ofSpans ? view.bestSpans(query) : [],
  });
}

function isSpan(label: LabelOf | SpanOf): label is SpanOf {
  return 'no_inside' in label;
}

interface Found {
  label: LabelOf | null;
  rows: readonly ConceptRow[];
  span: SpanOf | null;
  spanRows: readonly SpanRow[];
}

export function renderConcepts(
  answer: ConceptAnswer,
  { neuron, sort }: ConceptQuestion,
  { paint, width }: { paint: Paint; width: number },
): string {
  const { labels, label, rows, spans = [], span = null, span_rows: spanRows = [] } = answer;
  const asked = label ?? span;
  const shown: ConceptColumns = { label: asked === null, neuron: neuron === null };
  const title =
    asked !== null
      ? `Neurons that tell ${labelName(asked)}`
      : neuron !== null
        ? `Labels that ${formatNeuron(neuron)} tells`
        : 'The best neurons of each label';
  const part = (says: string[], table: string[], legend: string): string[] => {
    const [head, ...lines] = table;
    return [
      ...says,
      '',
      ...(lines.length === 0 ? ['  nothing was tested'] : [paint.faint(head!), ...lines]),
      '',
      ...wrap(legend, width, '  '),
      '',
    ];
  };
  return [
    paint.heading(title),
    ...(labels.length === 0 || span !== null
      ? []
      : part(
          label === null
            ? [
                ...labelLines(labels, width),
                ...(neuron === null ? wrap(valuelessSays(labels, rows), width, '  ') : []),
              ]
            : wrap(labelSays(label, labels, rows), width, '  '),
          conceptTable(rows, shown, width),
          `${CONCEPT_LEGEND} ${SORTED[sort]}`,
        )),
    ...(spans.length === 0 || label !== null
      ? []
      : part(
          span === null ? spanLines(spans, width) : wrap(spanSays(span, spans), width, '  '),
          spanTable(spanRows, shown, width),
          `${SPAN_LEGEND} ${SPANS_SORTED[sort]}`,
        )),
    ...(answer.permutations === undefined
      ? []
      : permutationLines(answer.permutations, label !== null, { paint, width })),
    ...caution(width),
    '',
  ].join('\n');
}

const SORTED: Readonly<Record<ConceptSort, string>> = {
  f1: 'Sorted by the F1 in brackets, so that the other is not picked for being high. Of what nearly all have, any neuron has a high F1: --sort d sorts by the size of the effect.',
  auroc: 'Sorted by how far AUROC is from 0.5.',
  d: 'Sorted by the size of d.',
  r: 'Sorted by the size of r.',
  p: 'Sorted by the p that q is made of.',
};

const SPANS_SORTED: Readonly<Record<ConceptSort, string>> = {
  f1: SORTED.f1,
  auroc: 'Sorted by the size of rank r.',
  d: 'Sorted by the size of dz.',
  r: 'Sorted by the size of rank r.',
  p: SORTED.p,
};

function spanSays(
  { field, documents, no_inside, no_outside, tested }: SpanOf,
  spans: readonly SpanCounts[],
): string {
  const all = spans.find((each) => each.field === field)!.documents;
  const sum = ([first, second]: [number, number]) => first + second;
  const lack = [
    ...(sum(no_inside) > 0 ? [`${grouped(sum(no_inside))} have no counted token inside`] : []),
    ...(sum(no_outside) > 0 ? [`${grouped(sum(no_outside))} none outside`] : []),
  ];
  const left = lack.length === 0 ? '' : ` Of them ${lack.join(', and ')}: left out.`;
  const why = tested ? '' : ' Not tested: fewer than 20 are left in a half.';
  return `${grouped(sum(documents))} of ${counted(sum(all), 'document')} have such spans: ${documents[0]} + ${documents[1]} in the halves.${left}${why}`;
}

/** Labels that have documents enough, but values of no neuron; empty where there is none. */
function valuelessSays(labels: readonly LabelCounts[], rows: readonly ConceptRow[]): string {
  const found = new Set(rows.map(labelName));
  const lacking = labels
    .flatMap(({ field, labels: ofField }) =>
      ofField.filter(({ tested }) => tested).map(({ label }) => labelName({ field, label })),
    )
    .filter((name) => !found.has(name));
  return lacking.length === 0 ? '' : `No neuron has the figures of ${lacking.join(', ')}: ${VALUELESS}.`;
}

/** Documents may have no value, as where --skip-first and --skip-until leave no token. */
const VALUELESS = 'it takes 20 values with the label and without it in each half';

function labelSays(
  { field, documents, tested }: LabelOf,
  labels: readonly LabelCounts[],
  rows: readonly ConceptRow[],
): string {
  const all = labels.find((each) => each.field === field)!.documents;
  const [has, of] = [documents[0] + documents[1], all[0] + all[1]];
  const halves = `${documents[0]} + ${documents[1]} in the halves`;
  const why = !tested
    ? ' Not tested: fewer than 20 with it or without it in a half.'
    : rows.length === 0
      ? ` No neuron has the figures: ${VALUELESS}.`
      : '';
  return `${grouped(has)} of the ${counted(of, 'document')} that have the field: ${halves}.${why}`;
}

function findLabel(
  labels: readonly LabelCounts[],
  spans: readonly SpanCounts[],
  text: string,
): LabelOf | SpanOf {
  const all: (LabelOf | SpanOf)[] = [...labels, ...spans].flatMap(({ field, labels: ofField }) =>
    ofField.map((each) => ({ field, ...each })),
  );
  const exact = all.find(({ field, label }) => `${field}=${label}` === text);
  const alone = all.filter(({ label }) => label === text);
  const found = exact ?? (alone.length === 1 ? alone[0] : undefined);
  if (found !== undefined) return found;
  if (alone.length > 1)
    throw usage(
      `several fields have a label "${text}"`,
      `name one as FIELD=LABEL: ${alone.slice(0, LISTED).map(labelName).join(', ')}`,
    );
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
