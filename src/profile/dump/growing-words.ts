/** 32-bit words in the making, as integers and as float32. Call `reserve` before writes: they do not check. */
export class GrowingWords {
  words = new Uint32Array(1 << 12);
  /** The same memory. */
  floats = new Float32Array(this.words.buffer);
  /** Words written. */
  length = 0;

  /** Makes room for `count` more. */
  reserve(count: number): void {
    if (this.length + count <= this.words.length) return;
    const grown = new Uint32Array(Math.max(2 * this.words.length, this.length + count));
    grown.set(this.words.subarray(0, this.length));
    this.words = grown;
    this.floats = new Float32Array(grown.buffer);
  }

  /** What was written; shares the memory. */
  written(): Uint8Array {
    return new Uint8Array(this.words.buffer, 0, 4 * this.length);
  }
}
