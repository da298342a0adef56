import type { ExplainKind } from '../../accumulate/explain-kinds.js';
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

/** What positions and tokens explain of each neuron, a row a neuron; only of profiles with `--explain`. */
export interface ExplainedColumns {
  /** Entries of EXPLAINED_BY. */
  explainedBy: Float64Array;
  /** Those that were asked for. */
  kinds: ExplainedKind[];
}

interface ExplainedKind {
  kind: ExplainKind;
  /** Shares as the float32 nearest to what the file holds; NaN is null. */
  eta2: Float32Array;
  epsilon2: Float32Array;
}

/** Writes the given rows. */
export function encodeExplained({ explainedBy, kinds }: ExplainedColumns, rows: Int32Array): Uint8Array {
  const writer = new ByteWriter();
  writeWholes(writer, pickNumbers(explainedBy, rows));
  for (const { eta2, epsilon2 } of kinds) {
    for (const share of [eta2, epsilon2]) writeFloats(writer, pickFloats(share, rows));
  }
  return writer.written();
}

/** Reads what `encodeExplained` wrote of `rows` neurons. */
export function decodeExplained(
  bytes: Uint8Array,
  rows: number,
  kinds: readonly ExplainKind[],
): ExplainedColumns {
  const reader = new ByteReader(bytes);
  const explainedBy = readWholes(reader, rows);
  const read = kinds.map((kind) => ({ kind, eta2: readFloats(reader), epsilon2: readFloats(reader) }));
  reader.end();
  return { explainedBy, kinds: read };
}
