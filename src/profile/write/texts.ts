import type { Texts } from './column-data.js';

const encoder = new TextEncoder();

/** Lengths that are none: a token not asked for yet, and one that the vocabulary does not have. */
const UNKNOWN = -1;
const NONE = -2;

/** Strings, or nulls, end to end. */
export function textsOf(values: readonly (string | null)[]): Texts {
  const offsets = new Int32Array(values.length + 1);
  const isNull = new Uint8Array(values.length);
  // UTF-8 takes at most three bytes where UTF-16 takes a unit.
  const bytes = Buffer.allocUnsafe(values.reduce((sum, value) => sum + 3 * (value?.length ?? 0), 0));
  values.forEach((value, i) => {
    if (value === null) isNull[i] = 1;
    offsets[i + 1] = offsets[i]! + bytes.write(value ?? '', offsets[i]!);
  });
  return { offsets, bytes: bytes.subarray(0, offsets[values.length]), isNull };
}

/** Nulls. */
export function noTexts(rows: number): Texts {
  return {
    offsets: new Int32Array(rows + 1),
    bytes: new Uint8Array(0),
    isNull: new Uint8Array(rows).fill(1),
  };
}

/**
 * The vocabulary's strings by id, each asked for and encoded once: entry i of
 * `start` and `length` says where token i lies in `bytes`.
 */
export class TokenTexts {
  private readonly tokenOf: (id: number) => string | null;
  private start = new Int32Array(1024);
  private length = new Int32Array(1024).fill(UNKNOWN);
  private bytes = new Uint8Array(1 << 14);
  private used = 0;

  constructor(tokenOf: (id: number) => string | null) {
    this.tokenOf = tokenOf;
  }

  /** The strings of the ids, end to end; null for what is below 0. */
  of(ids: Int32Array): Texts {
    const offsets = new Int32Array(ids.length + 1);
    const isNull = new Uint8Array(ids.length);
    for (let i = 0; i < ids.length; i++) {
      const length = this.lengthOf(ids[i]!);
      if (length === NONE) isNull[i] = 1;
      offsets[i + 1] = offsets[i]! + (length === NONE ? 0 : length);
    }
    const bytes = new Uint8Array(offsets[ids.length]!);
    const { start, bytes: source } = this;
    for (let i = 0; i < ids.length; i++) {
      // Tokens are a few bytes long: a loop beats a call.
      const end = offsets[i + 1]!;
      for (let to = offsets[i]!, from = start[ids[i]!]!; to < end; to++, from++) bytes[to] = source[from]!;
    }
    return { offsets, bytes, isNull };
  }

  private lengthOf(id: number): number {
    if (id < 0) return NONE;
    if (id >= this.length.length) this.growIds(id + 1);
    if (this.length[id] === UNKNOWN) this.learn(id);
    return this.length[id]!;
  }

  private learn(id: number): void {
    const text = this.tokenOf(id);
    if (text === null) {
      this.length[id] = NONE;
      return;
    }
    const bytes = encoder.encode(text);
    if (this.used + bytes.length > this.bytes.length) {
      const grown = new Uint8Array(2 * (this.used + bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(bytes, this.used);
    this.start[id] = this.used;
    this.length[id] = bytes.length;
    this.used += bytes.length;
  }

  private growIds(least: number): void {
    const start = new Int32Array(2 * least);
    const length = new Int32Array(2 * least).fill(UNKNOWN);
    start.set(this.start);
    length.set(this.length);
    this.start = start;
    this.length = length;
  }
}
