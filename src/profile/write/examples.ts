import type { RankedExamples } from '../../accumulate/types.js';
import { SIDES, type EXAMPLE_COLUMNS, type Side } from '../format.js';
import { keyColumns, slices, type Batch, type LayerKey } from './batch.js';
import { noTexts, textsOf, type TokenTexts } from './texts.js';

/** Rows of a record batch, and the context tokens that they hold at most: some 17 bytes each, so 36 MB. */
const MOST_ROWS = 1 << 16;
const MOST_TOKENS = 1 << 21;

/** What the rows take from beside the examples. */
export interface ExampleSources {
  recordsBefore: readonly number[];
  /** null without a tokenizer. */
  tokens: TokenTexts | null;
}

/** A layer's examples in the order of the table: by neuron, then by side, each by its rank. */
interface Order {
  rows: number;
  /** Of each row: its side's number, its place among that side's examples, its neuron, its rank. */
  side: Int32Array;
  at: Int32Array;
  neuron: Int32Array;
  rank: Int32Array;
}

type Sides = readonly (RankedExamples | null)[];

/** A layer's rows of examples.arrow. @param neurons column of each kept neuron in the layer's activation */
export function* exampleBatches(
  key: LayerKey,
  neurons: Int32Array,
  examples: Readonly<Record<Side, RankedExamples | null>>,
  sources: ExampleSources,
): Iterable<Batch<typeof EXAMPLE_COLUMNS>> {
  yield* batchesOfSides(
    key,
    neurons,
    SIDES.map((side) => examples[side]),
    sources,
  );
}

/** The same of any list of sides: `side` is the place in it. */
export function* batchesOfSides(
  key: LayerKey,
  neurons: Int32Array,
  sides: Sides,
  sources: ExampleSources,
): Iterable<Batch<typeof EXAMPLE_COLUMNS>> {
  const order = orderOf(sides, neurons);
  const width = Math.max(1, ...sides.map((side) => side?.width ?? 1));
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_TOKENS / width)));
  for (const [start, end] of slices(order.rows, most)) yield batchOf(key, sides, order, start, end, sources);
}

function orderOf(sides: Sides, neurons: Int32Array): Order {
  const rows = sides.reduce((sum, side) => sum + (side?.value.length ?? 0), 0);
  const ints = () => new Int32Array(rows);
  const order: Order = { rows, side: ints(), at: ints(), neuron: ints(), rank: ints() };
  let row = 0;
  for (let j = 0; j < neurons.length; j++) {
    for (let side = 0; side < sides.length; side++) {
      const start = sides[side]?.start;
      if (start === undefined) continue;
      for (let at = start[j]!; at < start[j + 1]!; at++, row++) {
        order.side[row] = side;
        order.at[row] = at;
        order.neuron[row] = neurons[j]!;
        order.rank[row] = at - start[j]!;
      }
    }
  }
  return order;
}

function batchOf(
  key: LayerKey,
  sides: Sides,
  order: Order,
  start: number,
  end: number,
  { recordsBefore, tokens }: ExampleSources,
): Batch<typeof EXAMPLE_COLUMNS> {
  const rows = end - start;
  const sideOf = (i: number) => sides[order.side[start + i]!]!;
  const atOf = (i: number) => order.at[start + i]!;
  const pick = (field: IntField) => fill(new Int32Array(rows), (i) => sideOf(i)[field][atOf(i)]!);
  const file = pick('file');
  const tokenId = pick('tokenId');
  const context = contextsOf(sideOf, atOf, rows);
  const columns = {
    ...keyColumns(key, rows),
    neuron: order.neuron.subarray(start, end),
    side: order.side.subarray(start, end),
    rank: order.rank.subarray(start, end),
    value: fill(new Float32Array(rows), (i) => sideOf(i).value[atOf(i)]!),
    document: fill(pick('record'), (i, record) => recordsBefore[file[i]!]! + record),
    id: textsOf(Array.from({ length: rows }, (_, i) => sideOf(i).id[atOf(i)]!)),
    file,
    line: fill(new Int32Array(rows), (i) => sideOf(i).line[atOf(i)]!),
    byte_offset: fill(new Float64Array(rows), (i) => sideOf(i).startByte[atOf(i)]!),
    window: pick('window'),
    position: pick('position'),
    token_index: pick('tokenIndex'),
    token_id: tokenId,
    token: tokens === null ? noTexts(rows) : tokens.of(tokenId),
    char_start: pick('charStart'),
    char_end: pick('charEnd'),
    context_start: pick('contextStart'),
    context_tokens: tokens === null ? null : { offsets: context.offsets, items: tokens.of(context.ids) },
    context_ids: { offsets: context.offsets, items: context.ids },
    context_activations: { offsets: context.offsets, items: context.activations },
  };
  return { columns, rows };
}

type IntField =
  | 'file'
  | 'record'
  | 'window'
  | 'position'
  | 'tokenIndex'
  | 'tokenId'
  | 'charStart'
  | 'charEnd'
  | 'contextStart';

/** The contexts end to end: row i's are [offsets[i], offsets[i + 1]). */
function contextsOf(
  sideOf: (i: number) => RankedExamples,
  atOf: (i: number) => number,
  rows: number,
): { offsets: Int32Array; ids: Int32Array; activations: Float32Array } {
  const offsets = new Int32Array(rows + 1);
  for (let i = 0; i < rows; i++) offsets[i + 1] = offsets[i]! + sideOf(i).contextLength[atOf(i)]!;
  const ids = new Int32Array(offsets[rows]!);
  const activations = new Float32Array(offsets[rows]!);
  for (let i = 0; i < rows; i++) {
    const { width, contextIds, contextActivations, contextLength } = sideOf(i);
    const from = atOf(i) * width;
    const to = from + contextLength[atOf(i)]!;
    ids.set(contextIds.subarray(from, to), offsets[i]);
    activations.set(contextActivations.subarray(from, to), offsets[i]);
  }
  oneNaN(activations);
  return { offsets, ids, activations };
}

/** A NaN may have any of 2^23 payloads, by the processor's whim; here all are the quiet one. */
function oneNaN(activations: Float32Array): void {
  const bits = new Int32Array(activations.buffer, activations.byteOffset, activations.length);
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & 0x7fffffff) > 0x7f800000) bits[i] = 0x7fc00000;
}

function fill<A extends Int32Array | Float32Array | Float64Array>(
  into: A,
  of: (i: number, was: number) => number,
): A {
  for (let i = 0; i < into.length; i++) into[i] = of(i, into[i]!);
  return into;
}
