import {
  activation,
  count,
  documents,
  figure,
  NEURON,
  place,
  quantile,
  whole,
  type Columns,
} from './column.js';
import { EXPLAINED_COLUMNS } from './explained-columns.js';
import { SPAN_COLUMNS } from './span-columns.js';

export { SPAN_COLUMNS } from './span-columns.js';
export { COLUMN_TYPES, type Column, type Columns, type ColumnType } from './column.js';

/** Columns are only ever added within a major version (the number before the dot). */
export const FORMAT_VERSION = '1.0';

export const MANIFEST_FILE = 'manifest.json';
export const RUN_FILE = 'run.json';
export const STATE_FILE = 'state.bin';
/** The report as one page for a browser. */
export const REPORT_PAGE = 'report.html';
/** Rejected lines: as a shard and `merge` keep them, and as they were. */
export const REJECTS_FILE = 'rejects.bin';
export const REJECTED_LINES_FILE = 'rejects.jsonl';
/** What `--dump` writes, a folder a layer. */
export const DUMP_FOLDER = 'delphi';
/** Values of documents, for permutations of their labels. */
export const DOCUMENTS_FILE = 'documents.bin';

/** A row a neuron, sorted as the model is: by layer, then neuron. */
export const NEURON_COLUMNS = {
  ...NEURON,
  count: count('counted tokens'),
  zero_count: count('values that are exactly 0'),
  positive_count: count('finite values above 0'),
  active_count: count('finite values above --active-above'),
  nan_count: count('values that are NaN'),
  inf_count: count('values that are +Inf or -Inf'),
  active_rate: figure('active_count / finite values', 'share'),
  dead: { type: 'bool', unit: '', says: 'no active value among at least one finite value' },
  mean: figure('mean of the finite values'),
  variance: figure('mean squared deviation, divided by n', 'activation²'),
  std: figure('square root of the variance'),
  skewness: figure('m₃ / m₂^1.5', ''),
  kurtosis: figure('excess kurtosis, m₄ / m₂² − 3', ''),
  min: activation('smallest finite value', 'no finite value'),
  max: activation('largest finite value', 'no finite value'),
  min_document: place('', 'where the smallest value stands: record in the corpus, from 0'),
  min_window: place('', 'window in the document, from 0'),
  min_position: place('tokens', 'position in the sequence as fed, from 0'),
  min_token_id: place('', 'id at that position'),
  max_document: place('', 'where the largest value stands: record in the corpus, from 0'),
  max_window: place('', 'window in the document, from 0'),
  max_position: place('tokens', 'position in the sequence as fed, from 0'),
  max_token_id: place('', 'id at that position'),
  q01: quantile(0.01),
  q05: quantile(0.05),
  q25: quantile(0.25),
  median: quantile(0.5),
  q75: quantile(0.75),
  q95: quantile(0.95),
  q99: quantile(0.99),
  near_zero_count: count('values in the histogram’s bin around 0'),
  clamped_low: count('values at or below the histogram’s lowest edge'),
  clamped_high: count('values at or above the histogram’s highest edge'),
} as const satisfies Columns;

/** Which token an example is, and what stands around it. */
const EXAMPLE_PLACE = {
  document: whole('record in the corpus, from 0'),
  id: { type: 'text', unit: '', says: 'the record’s own id', null: 'it has none' },
  file: { type: 'name', unit: '', says: 'the record’s file, as given' },
  line: whole('line in the file, from 1', 'lines'),
  byte_offset: { type: 'int64', unit: 'bytes', says: 'where the line begins in the uncompressed file' },
  window: whole('window in the document, from 0'),
  position: whole('position in the sequence as fed, special tokens included, from 0', 'tokens'),
  token_index: { ...whole('place in the document’s ids, from 0', 'tokens'), null: 'a special token' },
  token_id: whole('the firing token'),
  token: { type: 'text', unit: '', says: 'its string in the vocabulary', null: 'no tokenizer' },
  char_start: {
    ...whole('first code point of the token in the text', 'code points'),
    null: 'not derivable',
  },
  char_end: { ...whole('one past its last code point', 'code points'), null: 'not derivable' },
  context_start: whole('position in the sequence of the first context token', 'tokens'),
  context_tokens: {
    type: 'texts',
    unit: '',
    says: 'the window’s tokens around, in the vocabulary’s strings',
    null: 'no tokenizer',
  },
  context_ids: { type: 'int32s', unit: '', says: 'their ids' },
  context_activations: { type: 'float32s', unit: 'activation', says: 'this neuron’s activation on each' },
} as const satisfies Columns;

/** A row an example, sorted by layer, neuron, side (in the order of SIDES), rank. */
export const EXAMPLE_COLUMNS = {
  ...NEURON,
  side: {
    type: 'name',
    unit: '',
    says: 'top: the largest values; bottom: the smallest; random: a uniform sample of all; band: one of each sign and octave',
  },
  rank: whole(
    'from 0; top and bottom: the best first; band: ascending by band; within it, and random: by hash',
  ),
  value: { type: 'float32', unit: 'activation', says: 'activation at the firing token' },
  ...EXAMPLE_PLACE,
} as const satisfies Columns;

/** A row a non-empty bin, sorted by layer, neuron, value. */
export const HISTOGRAM_COLUMNS = {
  ...NEURON,
  lower: { type: 'float64', unit: 'activation', says: 'lower edge; the edge nearer 0 belongs to the bin' },
  upper: { type: 'float64', unit: 'activation', says: 'upper edge; the edge nearer 0 belongs to the bin' },
  count: count('values in the bin; the outermost also hold all that is beyond'),
} as const satisfies Columns;

const layerFigure = (says: string, unit: string) =>
  ({ type: 'float64', unit, says, null: 'no neuron has it' }) as const;

/** A row a layer, in the order of the model. */
export const LAYER_COLUMNS = {
  group: NEURON.group,
  layer: NEURON.layer,
  d_model: whole('width of the residual stream'),
  d_mlp: whole('width of the FFN’s intermediate'),
  activation: { type: 'name', unit: '', says: 'the FFN’s activation function' },
  gated: { type: 'bool', unit: '', says: 'whether a second projection multiplies it' },
  neurons: whole('neurons profiled', 'neurons'),
  dead_count: whole('of them, never active', 'neurons'),
  broken_count: whole('of them, NaN or infinite at least once', 'neurons'),
  mean_active_rate: layerFigure('mean of active_rate over the neurons that have it', 'share'),
  mean_of_means: layerFigure('mean of mean over the neurons that have it', 'activation'),
  mean_std: layerFigure('mean of std over the neurons that have it', 'activation'),
  median_kurtosis: layerFigure('median of kurtosis over the neurons that have it', ''),
  max: activation('largest finite value', 'no finite value'),
  near_zero_share: layerFigure('share of finite values in the histogram’s bin around 0', 'share'),
  clamped_share: layerFigure('share of finite values beyond the histogram’s edges', 'share'),
} as const satisfies Columns;

/** A row a rejected line, in the order of the corpus; only where there are any. */
export const REJECT_COLUMNS = {
  file: { type: 'name', unit: '', says: 'the line’s file, as given' },
  line: whole('line in the file, from 1', 'lines'),
  byte_offset: { type: 'int64', unit: 'bytes', says: 'where the line begins in the uncompressed file' },
  bytes: {
    type: 'int64',
    unit: 'bytes',
    says: 'its length without its LF; rejects.jsonl has at most 4,096 of a line that is too long',
  },
  reason: { type: 'name', unit: '', says: 'why it was rejected' },
} as const satisfies Columns;

const UNTESTED =
  'not tested: fewer than 20 documents, or values of the neuron, with or without the label in a half';
const tested = (says: string, unit = '', none = UNTESTED) =>
  ({ type: 'float64', unit, says, null: none }) as const;
const shaky = (says: string, unit = '') => tested(says, unit, `${UNTESTED}; undefined, or not to be trusted`);

/**
 * A row a label and neuron, sorted by layer, neuron, field, label; only with --label-field. A document has one value a
 * neuron, the largest finite one of its counted tokens; without the label are those that have its field and not the label.
 */
export const CONCEPT_COLUMNS = {
  ...NEURON,
  field: { type: 'name', unit: '', says: 'the label’s field' },
  label: { type: 'name', unit: '', says: 'the label' },
  with_count: documents('documents with the label that have a value'),
  without_count: documents('documents without it that have a value'),
  mean_with: tested('mean value with the label', 'activation', 'no document with it has a value'),
  mean_without: tested('mean value without it', 'activation', 'no document without it has a value'),
  d: shaky('Cohen’s d: difference of the means in pooled standard deviations', 'standard deviations'),
  r: shaky('point-biserial correlation of value and label'),
  auroc: tested('area under the ROC curve, values in one bin being tied'),
  auroc_bound: tested('how far the area of the values themselves can lie from auroc, either way'),
  p: tested('two-sided Mann–Whitney test of the binned values'),
  q: tested('p adjusted by Benjamini–Hochberg over all rows that have one'),
  f1_chosen: tested('best F1 of a threshold, on half 0 of the documents, which chose it'),
  f1: tested('F1 of that threshold on half 1, which did not'),
  precision: tested('its precision on half 1', 'share', `${UNTESTED}; nothing is taken for the label`),
  recall: tested('its recall on half 1', 'share'),
  threshold: tested('the threshold: the edge of a bin', 'activation'),
  direction: {
    type: 'name',
    unit: '',
    says: 'which side of the threshold is taken for the label: above or below; empty where not tested',
  },
} as const satisfies Columns;

const sign = (says: string) => ({ type: 'name', unit: '', says: `sign of ${says}: + or -` }) as const;

/**
 * A row a neuron and sign case that it was in, sorted by layer, neuron, gate, up; only with --gate-cases. A case without a
 * row has no token. Where a factor is exactly 0, or their product is not finite, there is no case.
 */
export const GATE_COLUMNS = {
  ...NEURON,
  gate: sign('the gate’s activation, act(gate)'),
  up: sign('the factor that it is multiplied with'),
  count: count('counted tokens in this case'),
  share: { type: 'float64', unit: 'share', says: 'count / counted tokens' },
  mean: { type: 'float64', unit: 'activation', says: 'mean product act(gate) · up, each rounded to float32' },
  value: {
    type: 'float32',
    unit: 'activation',
    says: 'product of largest magnitude; the columns behind say where it stands, and context_activations are products',
  },
  ...EXAMPLE_PLACE,
} as const satisfies Columns;

/** A row a neuron, sorted as the model is; only with --examples match. */
export const MATCH_COLUMNS = {
  ...NEURON,
  activations: {
    type: 'float32s',
    unit: 'activation',
    says: 'its value at each position of match_places.arrow, in that order; NaN and infinities stand as they are',
  },
} as const satisfies Columns;

/** A row a position at which match.arrow has the values: the counted positions of lowest hash; only with it. */
export const MATCH_PLACE_COLUMNS = {
  rank: whole('place in each list of activations, from 0: by the hash under --seed'),
  document: whole('record in the corpus, from 0'),
  file: { type: 'name', unit: '', says: 'the record’s file, as given' },
  window: whole('window in the document, from 0'),
  position: whole('position in the sequence as fed, special tokens included, from 0', 'tokens'),
  token_id: whole('the token there'),
} as const satisfies Columns;

const undefinedWhere = 'no finite value in one of the two, or no such table';

/** A row a neuron of two profiles, A before and B after, sorted as the model is (docs/diff.md). */
export const DIFF_COLUMNS = {
  ...NEURON,
  js: {
    type: 'float64',
    unit: 'bits',
    says: 'Jensen–Shannon divergence of the histograms, 0 to 1',
    null: undefinedWhere,
  },
  w1: {
    type: 'float64',
    unit: 'activation',
    says: 'Wasserstein-1 distance, to w1_bound',
    null: undefinedWhere,
  },
  w1_bound: {
    type: 'float64',
    unit: 'activation',
    says: 'how far w1 may be from that of the values themselves',
    null: undefinedWhere,
  },
  w1_sigma: {
    type: 'float64',
    unit: 'σ of A',
    says: 'w1 / std_a',
    null: `${undefinedWhere}, or the values of A are all equal`,
  },
  shift: {
    type: 'float64',
    unit: 'pooled σ',
    says: '(mean_b − mean_a) / √((n_a·variance_a + n_b·variance_b)/(n_a + n_b))',
    null: `${undefinedWhere}, or both are constant and differ`,
  },
  jaccard: {
    type: 'float64',
    unit: 'share',
    says: 'top examples in both / in either',
    null: 'no examples, or made by different rules',
  },
  rbo: {
    type: 'float64',
    unit: 'share',
    says: 'rank-biased overlap of the top examples, p = 0.9, extrapolated',
    null: 'no examples, or made by different rules',
  },
  died: { type: 'bool', unit: '', says: 'active in A, dead in B' },
  revived: { type: 'bool', unit: '', says: 'dead in A, active in B' },
  broke: { type: 'bool', unit: '', says: 'NaN or infinite at least once in B, never in A' },
  mended: { type: 'bool', unit: '', says: 'NaN or infinite at least once in A, never in B' },
  active_rate_a: figure('active_rate in A', 'share'),
  active_rate_b: figure('active_rate in B', 'share'),
  mean_a: figure('mean in A'),
  mean_b: figure('mean in B'),
  std_a: figure('std in A'),
  std_b: figure('std in B'),
} as const satisfies Columns;

/** The same of two profiles whose neurons were matched: a row a pair. */
export const DIFF_MATCH_COLUMNS = {
  ...NEURON,
  neuron_b: whole('column of the neuron of B that it is compared with'),
  match_r: {
    type: 'float64',
    unit: '',
    says: 'Pearson correlation of the two at the positions of match_places.arrow',
  },
  ...DIFF_COLUMNS,
} as const satisfies Columns;

const norm = (of: string) =>
  ({
    type: 'float64',
    unit: '',
    says: `Euclidean norm of its ${of}`,
    null: 'it has none, or they are not known',
  }) as const;
const cosine = (a: string, b: string) =>
  ({
    type: 'float64',
    unit: '',
    says: `cosine of its ${a} and ${b}`,
    null: 'one of them is not known, or is all zero',
  }) as const;
const effectIds = (verb: string) =>
  ({
    type: 'int32s',
    unit: '',
    says: `tokens whose logits it ${verb} most, most first; empty where unknown`,
  }) as const;
const EFFECT_TOKENS = {
  type: 'texts',
  unit: '',
  says: 'their strings in the vocabulary',
  null: 'no tokenizer',
} as const;
const EFFECT_LOGITS = {
  type: 'float32s',
  unit: 'logit',
  says: 'change of their logits for each unit of activation, without the final norm’s scale',
} as const;

/** A row a neuron of a model, sorted as the model is (docs/weights.md). */
export const WEIGHT_COLUMNS = {
  ...NEURON,
  input_norm: norm('input weights'),
  gate_norm: norm('gate’s input weights'),
  output_norm: norm('output weights'),
  cos_input_output: cosine('input weights', 'output weights'),
  cos_gate_input: cosine('gate’s input weights', 'input weights'),
  cos_gate_output: cosine('gate’s input weights', 'output weights'),
  raises_ids: effectIds('raises'),
  raises_tokens: EFFECT_TOKENS,
  raises_by: EFFECT_LOGITS,
  lowers_ids: effectIds('lowers'),
  lowers_tokens: EFFECT_TOKENS,
  lowers_by: EFFECT_LOGITS,
} as const satisfies Columns;

/** The tables that are written, those of a profile first; each is the file `<name>.arrow`. */
export const TABLES = {
  neurons: NEURON_COLUMNS,
  examples: EXAMPLE_COLUMNS,
  histograms: HISTOGRAM_COLUMNS,
  layers: LAYER_COLUMNS,
  rejects: REJECT_COLUMNS,
  concepts: CONCEPT_COLUMNS,
  explained: EXPLAINED_COLUMNS,
  spans: SPAN_COLUMNS,
  gate_cases: GATE_COLUMNS,
  match: MATCH_COLUMNS,
  match_places: MATCH_PLACE_COLUMNS,
  diff: DIFF_COLUMNS,
  diff_match: DIFF_MATCH_COLUMNS,
  weights: WEIGHT_COLUMNS,
} as const satisfies Readonly<Record<string, Columns>>;
export type TableName = keyof typeof TABLES;

export function tableFile(table: TableName): string {
  return `${table}.arrow`;
}

/** The dictionary of `direction`. */
export const DIRECTIONS = ['', 'above', 'below'] as const;

/** The dictionaries of `gate` and `up`. */
export const SIGNS = ['+', '-'] as const;

/** The sign cases, gate first, in the order of gate_cases.arrow. */
export const GATE_SIGNS = ['++', '+-', '-+', '--'] as const;
export type GateSigns = (typeof GATE_SIGNS)[number];

/** The dictionary of `side`. */
export const SIDES = ['top', 'bottom', 'random', 'band'] as const;
export type Side = (typeof SIDES)[number];
