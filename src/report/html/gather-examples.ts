import type { ExampleColumns } from '../view.js';
import type { NeuronExamples } from './packed-examples.js';
import { codeOfShade, scaleOf } from './shade-code.js';
import type { TokenDictionary } from './token-dictionary.js';

/** A neuron's examples out of the table, their tokens still as ids; the strings are made known to the dictionary. */
export interface Gathered extends Omit<NeuronExamples, 'file'> {
  file: string[];
}

/**
 * Copies what is needed, so that no record batch is kept.
 * @param sides what the rows may be examples of, in their order
 */
export function gatherExamples<Kind extends string>(
  columns: Iterable<ExampleColumns<Kind>>,
  sides: readonly Kind[],
  dictionary: TokenDictionary,
): Gathered {
  const parts = [...columns];
  const sum = (of: (part: ExampleColumns<Kind>) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const rows = sum(({ start, end }) => end - start);
  const entries = sum(({ offsets, start, end }) => offsets[end]! - offsets[start]!);
  const ints = () => new Int32Array(rows);
  const gathered = {
    ...{ sides: sides.map(() => 0), scale: scaleOfParts(parts), value: new Float32Array(rows) },
    ...{ document: ints(), line: ints(), window: ints(), position: ints(), firing: ints(), length: ints() },
    ...{ id: [] as (string | null)[], file: [] as string[] },
    ...{ tokens: new Int32Array(entries), shades: new Int8Array(entries) },
  };
  let at = 0;
  let entry = 0;
  for (const columns of parts) {
    const { start, end, offsets } = columns;
    for (let row = start; row < end; row++) gathered.sides[sides.indexOf(columns.side(row))]!++;
    takeRows(columns, gathered, at);
    at += end - start;
    takeContexts(columns, gathered, entry, dictionary);
    entry += offsets[end]! - offsets[start]!;
  }
  return gathered;
}

/** What examples are of is told apart before. */
type Rows = Omit<ExampleColumns, 'side'>;

/** Through fround, for this scale is what the page reads. */
function scaleOfParts(parts: readonly Rows[]): number {
  const scales = parts.map(({ activations, offsets, start, end }) =>
    scaleOf(activations, offsets[start]!, offsets[end]!),
  );
  return Math.fround(Math.max(0, ...scales));
}

function takeRows(columns: Rows, into: Gathered, at: number): void {
  const { start, end, offsets } = columns;
  for (let row = start, i = at; row < end; row++, i++) {
    into.value[i] = columns.value[row]!;
    into.document[i] = columns.document[row]!;
    into.line[i] = columns.line[row]!;
    into.window[i] = columns.window[row]!;
    into.position[i] = columns.position[row]!;
    into.firing[i] = columns.position[row]! - columns.contextStart[row]!;
    into.length[i] = offsets[row + 1]! - offsets[row]!;
    into.id.push(columns.id(row));
    into.file.push(columns.file(row));
  }
}

function takeContexts(
  { start, end, offsets, ids, activations, tokenAt }: Rows,
  { tokens, shades, scale }: Gathered,
  at: number,
  dictionary: TokenDictionary,
): void {
  for (let from = offsets[start]!, to = at; from < offsets[end]!; from++, to++) {
    const token = ids[from]!;
    if (!dictionary.has(token)) dictionary.know(token, tokenAt(from));
    tokens[to] = token;
    shades[to] = codeOfShade(activations[from]!, scale);
  }
}

/** Gives tokens and files the dictionary's numbers, in the order in which they come. */
export function numbered(gathered: Gathered, dictionary: TokenDictionary): NeuronExamples {
  return {
    ...gathered,
    file: Int32Array.from(gathered.file, (file) => dictionary.fileNumberOf(file)),
    tokens: gathered.tokens.map((id) => dictionary.numberOf(id)),
  };
}
