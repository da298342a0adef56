/**
 * Zeros that have their memory already. Memory that is new and is read before it is written is given twice: as the one
 * page of zeros that all share, and then as a page of its own, for which every thread must forget the first. Where some
 * threads fill gigabytes at once that takes ten times as long as writing the zeros.
 */
export function zeros(length: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(length).fill(0);
}

/** The same, of 16 bits. */
export function zeros16(length: number): Uint16Array<ArrayBuffer> {
  return new Uint16Array(length).fill(0);
}
