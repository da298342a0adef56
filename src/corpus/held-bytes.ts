/** The stretch of a file that is still needed: chunks come in at its end and are dropped at its start. */
export class HeldBytes {
  private readonly chunks: { startByte: number; bytes: Uint8Array }[] = [];
  /** Where the next chunk begins in the file. */
  private next = 0;

  /** @param chunk what follows the last one; not changed afterwards */
  push(bytes: Uint8Array): void {
    this.chunks.push({ startByte: this.next, bytes });
    this.next += bytes.length;
  }

  /** Lets go of the chunks that end at `byte` or before. */
  dropBefore(byte: number): void {
    this.drop(0, byte);
  }

  /** Lets go of the chunks that lie within [startByte, endByte). */
  drop(startByte: number, endByte: number): void {
    for (let i = this.chunks.length - 1; i >= 0; i--) {
      const chunk = this.chunks[i]!;
      if (chunk.startByte >= startByte && chunk.startByte + chunk.bytes.length <= endByte)
        this.chunks.splice(i, 1);
    }
  }

  /**
   * Copies the bytes of [startByte, endByte), which must be held: pushed, and not dropped.
   * @param at where they go in `into`
   */
  copy(startByte: number, endByte: number, into: Uint8Array, at: number): void {
    for (const chunk of this.chunks) {
      const from = Math.max(startByte, chunk.startByte);
      const end = Math.min(endByte, chunk.startByte + chunk.bytes.length);
      if (from >= end) continue;
      into.set(chunk.bytes.subarray(from - chunk.startByte, end - chunk.startByte), at + from - startByte);
    }
  }
}
