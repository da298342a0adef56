import { NEURON, type Columns } from './column.js';
import { CARRIERS } from './explained.js';

const eta2 = (by: string) =>
  ({
    type: 'float64',
    unit: 'share',
    says: `η²: share of the variance that lies between ${by}`,
    null: 'all values are equal, some are not finite or 2^20 and more, or its error could exceed 1e-6',
  }) as const;
const epsilon2 = (by: string) =>
  ({
    type: 'float64',
    unit: 'share',
    says: `ε²: η² of ${by} less what chance gives, 1 − (1 − η²)(n − 1)/(n − classes)`,
    null: 'η² is null, or there are as many classes as tokens',
  }) as const;

const POSITIONS = 'positions in the window';
const TOKENS = 'token ids';
const PREVIOUS = 'ids of the token before in the document';

/** Columns of neurons.arrow behind all others, those of the kinds that --explain names, and then explained_by. */
export const EXPLAINED_NEURON_COLUMNS = {
  eta2_position: eta2(POSITIONS),
  epsilon2_position: epsilon2(POSITIONS),
  eta2_token: eta2(TOKENS),
  epsilon2_token: epsilon2(TOKENS),
  eta2_previous: eta2(PREVIOUS),
  epsilon2_previous: epsilon2(PREVIOUS),
  explained_by: {
    type: 'name',
    unit: '',
    says: 'what the neuron is named for (docs/explained.md): token (few of them), tokens (many), previous, n-gram, position; empty: none of them',
  },
} as const satisfies Columns;

/** Those of EXPLAINED_NEURON_COLUMNS that a file has. */
export function explainedNeuronColumns(kinds: readonly string[]): Columns {
  const isAsked = (name: string) =>
    name === 'explained_by' || kinds.some((kind) => name.endsWith(`_${kind}`));
  return Object.fromEntries(Object.entries(EXPLAINED_NEURON_COLUMNS).filter(([name]) => isAsked(name)));
}

/** A row a class that carries much of what a kind explains, sorted by layer, neuron, kind, rank; only with --explain. */
export const EXPLAINED_COLUMNS = {
  ...NEURON,
  kind: { type: 'name', unit: '', says: 'what classes are of: position, token, previous' },
  rank: { type: 'int32', unit: '', says: `from 0 to ${CARRIERS - 1}: the class that carries most first` },
  position: {
    type: 'int32',
    unit: 'tokens',
    says: 'the class: position in the sequence as fed',
    null: 'kind is another',
  },
  token_id: {
    type: 'int32',
    unit: '',
    says: 'the class: id of the token, or of the one before',
    null: 'kind is position, or there is no token before: the document begins, or the token is a special one',
  },
  token: {
    type: 'text',
    unit: '',
    says: 'its string in the vocabulary',
    null: 'no token_id, or no tokenizer',
  },
  count: { type: 'int64', unit: 'tokens', says: 'counted tokens of the class' },
  mean: { type: 'float64', unit: 'activation', says: 'mean activation on them' },
  share: {
    type: 'float64',
    unit: 'share',
    says: 'n_c · (mean − mean of all)², as a share of its sum over all classes',
  },
} as const satisfies Columns;
