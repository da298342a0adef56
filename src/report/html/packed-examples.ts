import type { Side } from '../../profile/format.js';
import { ByteReader } from '../../profile/state/byte-reader.js';
import { ByteWriter, VARINT_BYTES } from '../../profile/state/byte-writer.js';
import { readFloats, writeFloats } from './column-planes.js';
import { shadeOfCode } from './shade-code.js';

/** One example as the page shows it. */
export interface PageExample<Kind extends string = Side> {
  /** What it is an example of. */
  side: Kind;
  /** Exact. */
  value: number;
  document: number;
  /** The record's own id. */
  id: string | null;
  /** Number in the token table's files. */
  file: number;
  line: number;
  window: number;
  position: number;
  /** Place of the firing token in the context. */
  firing: number;
  /** The context's tokens, as numbers in the token table. */
  tokens: Int32Array;
  /** Activations on them, to within the neuron's scale / 252. */
  shades: Float64Array;
}

/** The examples of one neuron, an entry an example, by what they are of, each by its rank. */
export interface NeuronExamples {
  /** How many there are of each kind, in their order: of SIDES, or of GATE_SIGNS. */
  sides: number[];
  /** What the shades are counted in. */
  scale: number;
  value: Float32Array;
  document: Int32Array;
  id: (string | null)[];
  file: Int32Array;
  line: Int32Array;
  window: Int32Array;
  position: Int32Array;
  firing: Int32Array;
  /** Tokens of each context; they lie end to end in `tokens` and `shades`. */
  length: Int32Array;
  tokens: Int32Array;
  shades: Int8Array;
}

/** Lists of whole numbers, in the order in which they are written; lines as their difference from the document's number. */
const LISTS = ['document', 'file', 'line', 'window', 'position', 'firing', 'length', 'tokens'] as const;

/**
 * Examples of several neurons, column by column over all of them:
 *
 * | block           | holds                                                     |
 * |-----------------|-----------------------------------------------------------|
 * | counts          | a neuron: examples of each kind, as varints               |
 * | scales          | a neuron: float32, in planes                              |
 * | values          | an example: float32, in planes                            |
 * | each of `LISTS` | varints, signed ones with the sign in the lowest bit      |
 * | shades          | a context's token: a signed byte                          |
 * | ids             | JSON: an example, the record's id or null                 |
 */
export function packExamples(neurons: readonly NeuronExamples[]): Uint8Array {
  const writer = new ByteWriter();
  writer.block(varints(neurons.map(({ sides }) => sides)));
  writeFloats(
    writer,
    Float32Array.from(neurons, ({ scale }) => scale),
  );
  writeFloats(writer, Float32Array.from(neurons.flatMap(({ value }) => [...value])));
  for (const name of LISTS) writer.block(varints(neurons.map((neuron) => listOf(neuron, name))));
  const shades = new Int8Array(neurons.reduce((sum, neuron) => sum + neuron.shades.length, 0));
  let at = 0;
  for (const neuron of neurons) {
    shades.set(neuron.shades, at);
    at += neuron.shades.length;
  }
  writer.block(new Uint8Array(shades.buffer));
  writer.text(JSON.stringify(neurons.flatMap(({ id }) => id)));
  return writer.written();
}

function listOf(neuron: NeuronExamples, name: (typeof LISTS)[number]): Int32Array {
  return name === 'line' ? neuron.line.map((line, i) => signed(line - neuron.document[i]!)) : neuron[name];
}

/**
 * Reads what `packExamples` wrote of `neurons` neurons: a list of examples each.
 * @param kinds what they are examples of, in the order in which they were counted
 */
export function unpackExamples<Kind extends string>(
  bytes: Uint8Array,
  neurons: number,
  kinds: readonly Kind[],
): PageExample<Kind>[][] {
  const reader = new ByteReader(bytes);
  const counts = numbers(reader.block());
  const scales = readFloats(reader);
  const values = readFloats(reader);
  const lists = Object.fromEntries(LISTS.map((name) => [name, numbers(reader.block())])) as Record<
    (typeof LISTS)[number],
    number[]
  >;
  const shades = reader.block();
  const ids = JSON.parse(reader.text()!) as (string | null)[];
  reader.end();
  let at = 0;
  let entry = 0;
  return Array.from({ length: neurons }, (_, n) => {
    const sides = kinds.flatMap((kind, k) => new Array<Kind>(counts[kinds.length * n + k]!).fill(kind));
    return sides.map((side): PageExample<Kind> => {
      const row = at++;
      const from = entry;
      entry += lists.length[row]!;
      return {
        side,
        value: values[row]!,
        document: lists.document[row]!,
        id: ids[row]!,
        file: lists.file[row]!,
        line: lists.document[row]! + unsigned(lists.line[row]!),
        window: lists.window[row]!,
        position: lists.position[row]!,
        firing: lists.firing[row]!,
        tokens: Int32Array.from(lists.tokens.slice(from, entry)),
        shades: Float64Array.from(shades.subarray(from, entry), (code) =>
          shadeOfCode((code << 24) >> 24, scales[n]!),
        ),
      };
    });
  });
}

function varints(lists: readonly ArrayLike<number>[]): Uint8Array {
  const writer = new ByteWriter(VARINT_BYTES * lists.reduce((sum, { length }) => sum + length, 0));
  for (const list of lists) for (let i = 0; i < list.length; i++) writer.varint(list[i]!);
  return writer.written();
}

function numbers(bytes: Uint8Array): number[] {
  const reader = new ByteReader(bytes);
  const values: number[] = [];
  while (!reader.isAtEnd()) values.push(reader.varint());
  return values;
}

function signed(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1;
}

function unsigned(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
