import {
  CHAR_END,
  CHAR_START,
  CONTEXT,
  CONTEXT_LENGTH,
  CONTEXT_START,
  contextWidth,
  FILE,
  LINE,
  POSITION,
  readWide,
  rowWidth,
  START_BYTE,
  TOKEN_INDEX,
  WINDOW,
  writeWide,
  type ExampleStore,
} from '../../accumulate/example-rows.js';
import { takeHeld, rankedSlots } from '../../accumulate/admit-example.js';
import type { Examples } from '../../accumulate/examples.js';
import { fillCell, sampledSlots, type Samples } from '../../accumulate/samples.js';
import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';

/*
 * A neuron's examples: how many, then each, best first:
 *
 * | word    | value                                                                 |
 * | varints | FIELDS, LINE, START_BYTE, record, then OPTIONAL, one more than each   |
 * | text    | the record's id; with `--distinct text` its key                       |
 * | varints | ids of the context                                                    |
 * | words   | its activations                                                       |
 */

/** Fields of a row (example-rows.ts) that are never below 0, and those that are −1 where there is none. */
const FIELDS = [FILE, WINDOW, POSITION, CONTEXT_START, CONTEXT_LENGTH];
const OPTIONAL = [TOKEN_INDEX, CHAR_START, CHAR_END];

export function writeExamples(writer: ByteWriter, examples: Examples): void {
  const { settings, size, textKey } = examples;
  for (let j = 0; j < size.length; j++) {
    writer.reserve(VARINT_BYTES);
    writer.varint(size[j]!);
    for (const slot of rankedSlots(examples, j)) {
      writeExample(writer, examples, slot, () => {
        if (settings.distinct === 'text') writer.text(textKey[slot]!);
      });
    }
  }
}

/** @param examples empty */
export function readExamples(reader: ByteReader, examples: Examples): void {
  const { settings, size, textKey } = examples;
  for (let j = 0; j < size.length; j++) {
    const held = reader.varint();
    for (let slot = j * settings.k; slot < j * settings.k + held; slot++) {
      readExample(reader, examples, slot, () => {
        if (settings.distinct === 'text') textKey[slot] = reader.text() ?? '';
      });
    }
    takeHeld(examples, j, held);
  }
}

/** Of each cell of each neuron how many, then each by its hash. */
export function writeSamples(writer: ByteWriter, samples: Samples): void {
  const { cells, held } = samples;
  for (let j = 0; j < held.length / cells; j++) {
    const slots = sampledSlots(samples, j);
    let next = 0;
    for (let cell = j * cells; cell < (j + 1) * cells; cell++) {
      writer.reserve(VARINT_BYTES);
      writer.varint(held[cell]!);
      for (let i = 0; i < held[cell]!; i++) writeExample(writer, samples, slots[next++]!);
    }
  }
}

/** @param samples empty */
export function readSamples(reader: ByteReader, samples: Samples): void {
  const { held, settings } = samples;
  for (let cell = 0; cell < held.length; cell++) {
    const count = reader.varint();
    for (let i = 0; i < count; i++) readExample(reader, samples, cell * settings.size + i);
    fillCell(samples, cell, count);
  }
}

function writeExample(
  writer: ByteWriter,
  { settings, value, record, id, rows: { integers } }: ExampleStore,
  slot: number,
  writeKey: () => void = () => {},
): void {
  const width = contextWidth(settings);
  const most = 4 + (FIELDS.length + OPTIONAL.length + 3) * VARINT_BYTES + width * (VARINT_BYTES + 4);
  const row = slot * rowWidth(settings);
  writer.reserve(most);
  writer.word(bitsOf(value)[slot]!);
  for (const field of FIELDS) writer.varint(integers[row + field]!);
  writer.varint(readWide(integers, row + LINE));
  writer.varint(readWide(integers, row + START_BYTE));
  writer.varint(record[slot]!);
  for (const field of OPTIONAL) writer.varint(integers[row + field]! + 1);
  writer.text(id[slot]!);
  writeKey();
  writer.reserve(most);
  const ids = row + CONTEXT;
  const end = ids + integers[row + CONTEXT_LENGTH]!;
  for (let at = ids; at < end; at++) writer.varint(integers[at]!);
  for (let at = ids + width; at < end + width; at++) writer.word(integers[at]!);
}

function readExample(
  reader: ByteReader,
  { settings, value, record, id, rows: { integers } }: ExampleStore,
  slot: number,
  readKey: () => void = () => {},
): void {
  const width = contextWidth(settings);
  const row = slot * rowWidth(settings);
  bitsOf(value)[slot] = reader.word();
  for (const field of FIELDS) integers[row + field] = reader.varint();
  writeWide(integers, row + LINE, reader.varint());
  writeWide(integers, row + START_BYTE, reader.varint());
  record[slot] = reader.varint();
  for (const field of OPTIONAL) integers[row + field] = reader.varint() - 1;
  id[slot] = reader.text();
  readKey();
  const ids = row + CONTEXT;
  const end = ids + integers[row + CONTEXT_LENGTH]!;
  for (let at = ids; at < end; at++) integers[at] = reader.varint();
  for (let at = ids + width; at < end + width; at++) integers[at] = reader.word();
}

function bitsOf(value: Float32Array): Int32Array {
  return new Int32Array(value.buffer, value.byteOffset, value.length);
}
