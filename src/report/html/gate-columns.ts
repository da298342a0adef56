import { GATE_SIGNS } from '../../profile/format.js';
import { ByteReader } from '../../profile/state/byte-reader.js';
import { ByteWriter } from '../../profile/state/byte-writer.js';
import {
  pickFloats,
  pickNumbers,
  readFloats,
  readWholes,
  writeFloats,
  writeWholes,
} from './column-planes.js';

/** A sign case of every neuron, a row a neuron; an entry of the list for each of GATE_SIGNS. */
export interface GateCase {
  /** Counted tokens in it, exactly. */
  count: Float64Array;
  /** Mean product, the float32 nearest to what the file holds; NaN where there is no token. */
  mean: Float32Array;
}

/** Columns of `rows` neurons without a token in any case. */
export function emptyGates(rows: number): GateCase[] {
  return GATE_SIGNS.map(() => ({ count: new Float64Array(rows), mean: new Float32Array(rows).fill(NaN) }));
}

/** Writes the given rows. */
export function encodeGates(cases: readonly GateCase[], rows: Int32Array): Uint8Array {
  const writer = new ByteWriter();
  for (const { count, mean } of cases) {
    writeWholes(writer, pickNumbers(count, rows));
    writeFloats(writer, pickFloats(mean, rows));
  }
  return writer.written();
}

/** Reads what `encodeGates` wrote of `rows` neurons. */
export function decodeGates(bytes: Uint8Array, rows: number): GateCase[] {
  const reader = new ByteReader(bytes);
  const cases = GATE_SIGNS.map(() => ({ count: readWholes(reader, rows), mean: readFloats(reader) }));
  reader.end();
  return cases;
}
