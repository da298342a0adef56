/** The stretch of a file that is still needed: chunks come in at its end and are dropped at its start. */
export class HeldBytes {
  private readonly chunks: Uint8Array[] = [];
  /** Where the first chunk begins in the file. */
  private startByte = 0;

  /** @param chunk what follows the last one; not changed afterwards */
  push(chunk: Uint8Array): void {
    this.chunks.push(chunk);
  }

  /** Lets go of the chunks that end at `byte` or before. */
  dropBefore(byte: number): void {
    const kept = this.chunks.findIndex((chunk) => {
      if (this.startByte + chunk.length > byte) return true;
      this.startByte += chunk.length;
      return false;
    });
    this.chunks.splice(0, kept === -1 ? this.chunks.length : kept);
  }

  /**
   * The bytes of [startByte, endByte) in memory of their own, which may be handed to another thread.
   * They must be held: pushed, and not dropped.
   */
  copy(startByte: number, endByte: number): Uint8Array {
    const copy = new Uint8Array(endByte - startByte);
    let at = this.startByte;
    for (const chunk of this.chunks) {
      if (at >= endByte) break;
      const from = Math.max(startByte - at, 0);
      copy.set(chunk.subarray(from, endByte - at), Math.max(at - startByte, 0));
      at += chunk.length;
    }
    return copy;
  }
}
