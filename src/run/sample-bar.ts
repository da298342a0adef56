/** How many more than the sample are held before the rest is let go: a share of its size. */
const SLACK = 0.25;

/**
 * The bar that documents must pass to be set aside for the sample (profile/document-sample.ts): the upper half of the
 * size-th lowest hash that any worker has set aside so far. It only spares disk, so it may be late: what lies above it
 * cannot be of the `size` lowest. With it some size · (1 + 1.12 · ln(documents / size)) are set aside, however many workers.
 */
export class SampleBar {
  /** One word that workers read; what they may not set aside is above it. */
  readonly shared = new SharedArrayBuffer(4);
  private readonly bar = new Uint32Array(this.shared);
  private readonly size: number;
  private readonly held: Uint32Array;
  private count = 0;

  /** @param size documents of the sample */
  constructor(size: number) {
    this.size = size;
    this.held = new Uint32Array(size + Math.max(1, Math.ceil(SLACK * size)));
    this.bar[0] = 0xffffffff;
  }

  /** @param hashes upper halves of those of documents that were set aside, each once */
  take(hashes: Iterable<number>): void {
    for (const hash of hashes) {
      if (hash > this.bar[0]!) continue;
      this.held[this.count++] = hash;
      if (this.count === this.held.length) this.lower();
    }
  }

  private lower(): void {
    this.held.sort();
    this.count = this.size;
    Atomics.store(this.bar, 0, this.held[this.size - 1]!);
  }
}

/** The bar as a worker sees it at this moment. */
export function barOf(shared: SharedArrayBuffer): number {
  return Atomics.load(new Uint32Array(shared), 0);
}
