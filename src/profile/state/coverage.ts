/** Runs of blocks of a file: skipped, covered, skipped, covered … from block 0; the last number is covered. */
export type Runs = number[];

/** A set of blocks: bit k of file f's bytes is its block k. */
export class Coverage {
  private readonly files: Uint8Array[] = [];
  private readonly counts: number[] = [];

  /** @param runs of each file, as `runs` gave them */
  static of(runs: readonly Runs[]): Coverage {
    const coverage = new Coverage();
    runs.forEach((ofFile, file) => coverage.addRuns(file, ofFile));
    return coverage;
  }

  has(file: number, block: number): boolean {
    const bytes = this.files[file];
    return bytes !== undefined && ((bytes[block >>> 3] ?? 0) & (1 << (block & 7))) !== 0;
  }

  add(file: number, block: number): void {
    if (this.has(file, block)) return;
    this.bytesFor(file, block)[block >>> 3]! |= 1 << (block & 7);
    this.counts[file]!++;
  }

  /** Blocks of a file, or of all. */
  count(file?: number): number {
    return file === undefined ? this.counts.reduce((a, b) => a + b, 0) : (this.counts[file] ?? 0);
  }

  /** The first block that both hold, if any. */
  overlap(other: Coverage): { file: number; block: number } | null {
    for (const [file, bytes] of this.files.entries()) {
      const others = other.files[file];
      const end = Math.min(bytes.length, others?.length ?? 0);
      for (let i = 0; i < end; i++) {
        const both = bytes[i]! & others![i]!;
        if (both !== 0) return { file, block: 8 * i + (31 - Math.clz32(both & -both)) };
      }
    }
    return null;
  }

  /** Whether all blocks of `other` are here. */
  includes(other: Coverage): boolean {
    return other.files.every((bytes, file) =>
      bytes.every((byte, i) => (byte & ~(this.files[file]?.[i] ?? 0)) === 0),
    );
  }

  /** Adds all blocks of another. */
  addAll(other: Coverage): void {
    for (const file of other.files.keys()) this.addRuns(file, other.runsOf(file));
  }

  /** One list a file, the same for the same set. @param files of the corpus */
  runs(files: number): Runs[] {
    return Array.from({ length: files }, (_, file) => this.runsOf(file));
  }

  private addRuns(file: number, runs: Runs): void {
    let block = 0;
    for (let i = 0; i < runs.length; i += 2) {
      block += runs[i]!;
      for (let end = block + runs[i + 1]!; block < end; block++) this.add(file, block);
    }
  }

  private runsOf(file: number): Runs {
    const runs: Runs = [];
    const end = 8 * (this.files[file]?.length ?? 0);
    for (let block = 0; ;) {
      let start = block;
      while (block < end && !this.has(file, block)) block++;
      if (block === end) return runs;
      runs.push(block - start);
      start = block;
      while (block < end && this.has(file, block)) block++;
      runs.push(block - start);
    }
  }

  private bytesFor(file: number, block: number): Uint8Array {
    while (this.files.length <= file) {
      this.files.push(new Uint8Array(16));
      this.counts.push(0);
    }
    const bytes = this.files[file]!;
    if (block >>> 3 < bytes.length) return bytes;
    const grown = new Uint8Array(Math.max(2 * bytes.length, (block >>> 3) + 1));
    grown.set(bytes);
    return (this.files[file] = grown);
  }
}
