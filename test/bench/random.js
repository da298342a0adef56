/** xorshift32 (Marsaglia 2003): whole numbers below 2^32 from a seed, the same everywhere. */
export function generator(seed) {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
