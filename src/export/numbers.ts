/**
 * A float32 as the double with the fewest digits that reads as the same float32: nine suffice
 * (IEEE 754-2019, 5.12.2).
 */
export function shortFloat32(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** Activations as a JSON array; what JSON has no number for is null. */
export function activationsJson(values: Float32Array): string {
  return `[${Array.from(values, (x) => (Number.isFinite(x) ? String(shortFloat32(x)) : 'null')).join(',')}]`;
}

export function allFinite(values: Float32Array): boolean {
  return values.every(Number.isFinite);
}
