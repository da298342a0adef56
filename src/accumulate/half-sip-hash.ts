/**
 * HalfSipHash-2-4 with 64 bits of output, a keyed hash of 32-bit arithmetic alone, which JavaScript does without
 * BigInt. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), and the reference
 * implementation of the half variant beside it, whose vectors the test holds.
 * @param key two 32-bit words
 * @param words the message, as little-endian 32-bit words
 * @param out its two words are set to the hash: the lower half, the upper half
 */
export function halfSipHash(key: readonly [number, number], words: Int32Array, out: Uint32Array): void {
  v0 = key[0] | 0;
  v1 = key[1] ^ 0xee; // 64 bits of output
  v2 = 0x6c796765 ^ key[0];
  v3 = 0x74656462 ^ key[1];
  for (let i = 0; i < words.length; i++) take(words[i]!);
  take((4 * words.length) << 24); // the last word: the message's length in bytes, and no bytes left over
  v2 ^= 0xee;
  for (let i = 0; i < 4; i++) round();
  out[0] = v1 ^ v3;
  v1 ^= 0xdd;
  for (let i = 0; i < 4; i++) round();
  out[1] = v1 ^ v3;
}

let v0 = 0;
let v1 = 0;
let v2 = 0;
let v3 = 0;

function take(word: number): void {
  v3 ^= word;
  round();
  round();
  v0 ^= word;
}

function round(): void {
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v0 = (v0 << 16) | (v0 >>> 16);
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
}
