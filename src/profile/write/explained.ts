import { EXPLAIN_KINDS, NO_TOKEN } from '../../accumulate/explain-kinds.js';
import { CARRIERS, type ExplainedLayer } from '../explained.js';
import type { EXPLAINED_COLUMNS } from '../explained-columns.js';
import { keyColumns, slices, type Batch, type LayerKey } from './batch.js';
import { noTexts, type TokenTexts } from './texts.js';

/** Rows of a record batch, some 60 bytes each. */
const MOST_ROWS = 1 << 16;

/** A layer's rows of explained.arrow. @param neurons column of each kept neuron in the layer's activation */
export function* explainedBatches(
  key: LayerKey,
  neurons: Int32Array,
  { kinds }: ExplainedLayer,
  tokens: TokenTexts | null,
): Iterable<Batch<typeof EXPLAINED_COLUMNS>> {
  const each = neurons.length * kinds.length;
  // Whole neurons to a batch.
  const most = Math.max(1, Math.floor(MOST_ROWS / CARRIERS / Math.max(1, kinds.length))) * kinds.length;
  for (const [start, end] of slices(each, most)) {
    const at: { kind: number; j: number; rank: number }[] = [];
    for (let i = start; i < end; i++) {
      const [j, kind] = [Math.floor(i / kinds.length), i % kinds.length];
      for (let rank = 0; rank < kinds[kind]!.carriers.held[j]!; rank++) at.push({ kind, j, rank });
    }
    yield batchOf(key, neurons, kinds, at, tokens);
  }
}

function batchOf(
  key: LayerKey,
  neurons: Int32Array,
  kinds: ExplainedLayer['kinds'],
  at: readonly { kind: number; j: number; rank: number }[],
  tokens: TokenTexts | null,
): Batch<typeof EXPLAINED_COLUMNS> {
  const entry = (i: number) => at[i]!.j * CARRIERS + at[i]!.rank;
  const ofRow = (field: 'class' | 'count' | 'mean' | 'share') => (i: number) =>
    kinds[at[i]!.kind]!.carriers[field][entry(i)]!;
  const isPosition = (i: number) => kinds[at[i]!.kind]!.kind === 'position';
  const ints = (of: (i: number) => number) => Int32Array.from(at, (_, i) => of(i));
  const floats = (of: (i: number) => number) => Float64Array.from(at, (_, i) => of(i));
  const classOf = ofRow('class');
  const tokenId = ints((i) => (isPosition(i) ? NO_TOKEN : classOf(i)));
  const columns = {
    ...keyColumns(key, at.length),
    neuron: ints((i) => neurons[at[i]!.j]!),
    kind: ints((i) => EXPLAIN_KINDS.indexOf(kinds[at[i]!.kind]!.kind)),
    rank: ints((i) => at[i]!.rank),
    position: ints((i) => (isPosition(i) ? classOf(i) : -1)),
    token_id: tokenId,
    token: tokens === null ? noTexts(at.length) : tokens.of(tokenId),
    count: floats(ofRow('count')),
    mean: floats(ofRow('mean')),
    share: floats(ofRow('share')),
  };
  return { columns, rows: at.length };
}
