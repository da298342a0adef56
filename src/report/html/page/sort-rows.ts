/**
 * Rows by their value, ascending or descending; equal ones in the order in which
 * they came, NaN always last.
 */
export function sortRows(rows: Uint32Array, values: ArrayLike<number>, descending: boolean): Uint32Array {
  const keys = new Float64Array(rows.length);
  const sign = descending ? -1 : 1;
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i]!]!;
    keys[i] = value === value ? sign * value : Infinity;
  }
  // NaN shares its key with the last infinity; a profile's figures have none.
  const places = Uint32Array.from(keys.keys());
  places.sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b));
  return places.map((place) => rows[place]!);
}
