/**
 * q of each p: the smallest false discovery rate at which its test is still rejected, q₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎·m/j
 * (Benjamini and Hochberg, "Controlling the false discovery rate", 1995; adjusted as by Yekutieli and Benjamini, 1999).
 * @param p NaN: not tested, which stays NaN and counts for nothing
 */
export function benjaminiHochberg(p: Float64Array): Float64Array {
  const sorted = p.filter((value) => value === value).sort();
  const tests = sorted.length;
  const adjusted = new Float64Array(tests);
  let least = 1;
  for (let i = tests - 1; i >= 0; i--) {
    least = Math.min(least, (sorted[i]! * tests) / (i + 1));
    adjusted[i] = least;
  }
  // Equal ones have the q of the last of them, which is the least.
  return p.map((value) => (value === value ? adjusted[lastOf(sorted, value)]! : NaN));
}

/** Place of the last entry that equals one that is there. */
function lastOf(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
