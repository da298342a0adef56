import { fillMatch, matchSlots, PLACE_FIELDS, type MatchSample } from '../../accumulate/match-sample.js';
import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';

/*
 * Activations at the positions of lowest hash: how many, then each, by its hash:
 *
 * | varints | file, record, window, position, token id |
 * | words   | the activation of each neuron            |
 */
const VARINTS = PLACE_FIELDS.length + 1;

export function writeMatch(writer: ByteWriter, sample: MatchSample): void {
  const { neurons, values, tokenId } = sample;
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  writer.reserve(VARINT_BYTES);
  writer.varint(sample.held);
  for (const slot of matchSlots(sample)) {
    writer.reserve(VARINTS * VARINT_BYTES + 4 * neurons);
    for (const field of PLACE_FIELDS) writer.varint(sample[field][slot]!);
    writer.varint(tokenId[slot]!);
    for (let at = slot * neurons; at < (slot + 1) * neurons; at++) writer.word(bits[at]!);
  }
}

/** @param sample empty */
export function readMatch(reader: ByteReader, sample: MatchSample): void {
  const { neurons, values, tokenId } = sample;
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const held = reader.varint();
  for (let slot = 0; slot < held; slot++) {
    for (const field of PLACE_FIELDS) sample[field][slot] = reader.varint();
    tokenId[slot] = reader.varint();
    for (let at = slot * neurons; at < (slot + 1) * neurons; at++) bits[at] = reader.word();
  }
  fillMatch(sample, held);
}
