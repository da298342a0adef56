import type { RecordBatch, Vector } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import type { GateSigns, Side } from '../format.js';
import { sidesOf } from './examples.js';
import { signsOf } from './gates.js';
import { floatsOf, intsOf } from './row.js';
import type { SortedTable } from './sorted-table.js';

/** Columns of examples.arrow of which rows [start, end) are a neuron's: by side, each by its rank. */
export interface ExampleColumns<Kind extends string = Side> {
  start: number;
  end: number;
  /** What a row is an example of. */
  side(row: number): Kind;
  value: Float32Array;
  document: Int32Array;
  line: Int32Array;
  window: Int32Array;
  position: Int32Array;
  contextStart: Int32Array;
  /** The file of the corpus that a row's document is in, as given. */
  file(row: number): string;
  /** The record's own id. */
  id(row: number): string | null;
  /** Row i's context is [offsets[i], offsets[i + 1]) of ids and activations. */
  offsets: Int32Array;
  ids: Int32Array;
  activations: Float32Array;
  /** The vocabulary's string of an entry of the contexts. */
  tokenAt: (entry: number) => string | null;
}

/** A neuron's examples without an object a row: for who reads those of many. They may lie in several batches. */
export function exampleColumns(table: SortedTable, id: NeuronId): Iterable<ExampleColumns> {
  return columnsBy(sidesOf, table, id);
}

/** The same of gate_cases.arrow, whose rows are an example each. */
export function gateExampleColumns(table: SortedTable, id: NeuronId): Iterable<ExampleColumns<GateSigns>> {
  return columnsBy(signsOf, table, id);
}

function* columnsBy<Kind extends string>(
  kindsOf: (batch: RecordBatch) => (row: number) => Kind,
  table: SortedTable,
  id: NeuronId,
): Iterable<ExampleColumns<Kind>> {
  for (const { batch, start, end } of table.rowsOf(id)) {
    let columns = read.get(batch);
    if (columns === undefined) read.set(batch, (columns = { ...columnsOf(batch), side: kindsOf(batch) }));
    yield { ...(columns as Columns<Kind>), start, end };
  }
}

type Columns<Kind extends string> = Omit<ExampleColumns<Kind>, 'start' | 'end'>;

/** Arrow makes a new vector each time a column is asked for; neurons share their batch, which is of one table. */
const read = new WeakMap<RecordBatch, Columns<string>>();

function columnsOf(batch: RecordBatch): Omit<Columns<string>, 'side'> {
  const column = (name: string) => batch.getChild(name)!;
  const [file, id] = [column('file'), column('id')];
  const activations = listOf(batch, 'context_activations');
  const tokens = listOf(batch, 'context_tokens');
  return {
    value: floatsOf(batch, 'value'),
    document: intsOf(batch, 'document'),
    line: intsOf(batch, 'line'),
    window: intsOf(batch, 'window'),
    position: intsOf(batch, 'position'),
    contextStart: intsOf(batch, 'context_start'),
    file: (row) => String(file.get(row)),
    id: (row) => id.get(row) as string | null,
    offsets: activations.offsets,
    ids: listOf(batch, 'context_ids').items.data[0]!.values as Int32Array,
    activations: activations.items.data[0]!.values as Float32Array,
    // Without a tokenizer a row's list is null, and so are all its tokens.
    tokenAt: (entry) => (tokens.items.length === 0 ? null : (tokens.items.get(entry) as string | null)),
  };
}

function listOf(batch: RecordBatch, name: string): { offsets: Int32Array; items: Vector } {
  const list = batch.getChild(name)!;
  return { offsets: list.data[0]!.valueOffsets as Int32Array, items: list.getChildAt(0)! };
}
