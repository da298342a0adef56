import { documentHash } from './document-hash.js';

const hash = new Uint32Array(2);

/**
 * Which half of the corpus a document belongs to: the lowest bit of its hash (document-hash.ts). What is chosen on the
 * one half is reported on the other.
 */
export function halfOf(seed: number, document: { file: number; record: number }): 0 | 1 {
  documentHash(seed, document, hash);
  return (hash[0]! & 1) as 0 | 1;
}
