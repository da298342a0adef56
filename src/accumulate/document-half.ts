import { halfSipHash } from './half-sip-hash.js';

const message = new Int32Array(2);
const hash = new Uint32Array(2);

/**
 * Which half of the corpus a document belongs to: the lowest bit of the hash of (file, record in the file) under the
 * run's seed. What is chosen on the one half is reported on the other.
 */
export function halfOf(seed: number, { file, record }: { file: number; record: number }): 0 | 1 {
  message[0] = file;
  message[1] = record;
  halfSipHash([seed, 0], message, hash);
  return (hash[0]! & 1) as 0 | 1;
}
