import { halfSipHash } from './half-sip-hash.js';

const message = new Int32Array(2);

/**
 * The hash that documents are told apart by: of (file, record in the file) under the run's seed.
 * @param out lower half, upper half
 */
export function documentHash(
  seed: number,
  { file, record }: { file: number; record: number },
  out: Uint32Array,
): void {
  message[0] = file;
  message[1] = record;
  halfSipHash([seed, 0], message, out);
}
