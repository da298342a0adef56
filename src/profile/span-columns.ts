import { documents, NEURON, type Columns } from './column.js';

const SPAN_UNTESTED =
  'not tested: fewer than 20 documents, or values of the neuron, in a half, with tokens inside and outside';
const spanFigure = (says: string, unit = '', none = SPAN_UNTESTED) =>
  ({ type: 'float64', unit, says, null: none }) as const;
const ofTokens = (says: string, unit = '', more = '') =>
  spanFigure(says, unit, `${SPAN_UNTESTED}; no sampled token inside, or none outside, in a half${more}`);

/**
 * A row a label of spans and neuron, sorted by layer, neuron, field, label; only with --span-field or --lexical. A document
 * has one value: the mean of its finite counted tokens inside the label's spans less the mean of those outside.
 */
export const SPAN_COLUMNS = {
  ...NEURON,
  field: { type: 'name', unit: '', says: 'the spans’ field; lexical: of --lexical' },
  label: { type: 'name', unit: '', says: 'the label' },
  documents: documents('documents with a difference'),
  mean_difference: spanFigure(
    'mean over documents of mean inside less mean outside',
    'activation',
    'no document has a difference',
  ),
  dz: spanFigure(
    'mean difference in standard deviations of the differences',
    'standard deviations',
    `${SPAN_UNTESTED}; undefined, or not to be trusted`,
  ),
  rank_biserial: spanFigure(
    'matched-pairs rank-biserial correlation of the binned differences, −1 to 1',
    '',
    `${SPAN_UNTESTED}; all in the bin around 0`,
  ),
  p: spanFigure('two-sided Wilcoxon signed-rank test of the binned differences (Pratt’s zeros)'),
  q: spanFigure('p adjusted by Benjamini–Hochberg over all rows that have one'),
  f1_chosen: ofTokens('best F1 of a threshold on activations, on sampled tokens of half 0, which chose it'),
  f1: ofTokens('F1 of that threshold on sampled tokens of half 1, which did not'),
  precision: ofTokens('its precision there', 'share', '; nothing is taken for the label'),
  recall: ofTokens('its recall there', 'share'),
  threshold: ofTokens('the threshold: the edge of a bin', 'activation'),
  direction: {
    type: 'name',
    unit: '',
    says: 'which side of the threshold is taken for the label: above or below; empty where there is none',
  },
} as const satisfies Columns;
