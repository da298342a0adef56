import { createHash } from 'node:crypto';
import { StateFile, StateWriter } from '../../src/profile/state/state-file.js';
import type { StateHeader } from '../../src/profile/state/types.js';

/** Numbers from 0 to 1, the same for the same seed: mulberry32 (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WHOLE = 2000;
const AT_ENDS = 300;
const BETWEEN = 500;

/**
 * Lengths that a file of `size` bytes is cut to, each once, the longest first: up to `WHOLE` bytes all; of a longer file
 * all within `AT_ENDS` of an end, and `BETWEEN` drawn ones.
 */
export function cuts(size: number, random: () => number): number[] {
  const all = Array.from({ length: size }, (_, length) => length);
  if (size <= WHOLE) return all.reverse();
  const between = Array.from(
    { length: BETWEEN },
    () => AT_ENDS + Math.floor(random() * (size - 2 * AT_ENDS)),
  );
  return [...new Set([...all.slice(0, AT_ENDS), ...between, ...all.slice(-AT_ENDS)])].sort((a, b) => b - a);
}

/** One byte of a file, and what it is changed to. */
export interface Flip {
  at: number;
  byte: number;
}

export function drawFlip(bytes: Uint8Array, random: () => number): Flip {
  const at = Math.floor(random() * bytes.length);
  return { at, byte: bytes[at]! ^ (1 + Math.floor(random() * 255)) };
}

/** A copy with one byte changed to another. */
export function flipped(bytes: Uint8Array, random: () => number): Buffer {
  const copy = Buffer.from(bytes);
  const { at, byte } = drawFlip(copy, random);
  copy[at] = byte;
  return copy;
}

/** A copy of a state with some bytes replaced, and the SHA-256 at its end that goes with them. */
export function resealedState(bytes: Uint8Array, at: number, replaced: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(replaced, at);
  const end = copy.length - 32;
  createHash('sha256').update(copy.subarray(0, end)).digest().copy(copy, end);
  return copy;
}

/** Writes a state like another but for its header. */
export async function restate(
  from: string,
  to: string,
  change: (header: StateHeader) => StateHeader,
): Promise<void> {
  const state = await StateFile.open(from);
  const writer = await StateWriter.begin(to, change(state.header), await state.vocabulary());
  for (let i = 0; i < state.layers; i++) await writer.section(await state.layer(i));
  await writer.finish();
}
