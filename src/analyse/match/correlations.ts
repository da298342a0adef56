/** Columns whose values lie in the cache while all rows pass by: 32 of 1,024 are 256 KiB. */
const BLOCK = 32;
/** Rows and columns taken at once: sixteen sums fit the registers, and each value read serves four of them. */
const TILE = 4;

/**
 * All scalar products of two lists of vectors, [a × b] row-major, rounded to float32: of standardised neurons, their
 * correlations.
 * @param a [rows × length], row-major; b likewise
 */
export function correlations(a: Float64Array, b: Float64Array, length: number): Float32Array {
  const [rows, columns] = [a.length / length, b.length / length];
  const into = new Float32Array(rows * columns);
  for (let block = 0; block < columns; block += BLOCK) {
    const end = Math.min(columns, block + BLOCK);
    for (let i = 0; i < rows; i += TILE) {
      for (let j = block; j < end; j += TILE) {
        if (i + TILE <= rows && j + TILE <= end) tile(a, i, b, j, length, into, columns);
        else edge(a, i, Math.min(rows, i + TILE), b, j, Math.min(end, j + TILE), length, into, columns);
      }
    }
  }
  return into;
}

/** The scalar product of vector i of one list and j of the other. */
export function correlation(a: Float64Array, i: number, b: Float64Array, j: number, length: number): number {
  let sum = 0;
  for (let p = 0; p < length; p++) sum += a[i * length + p]! * b[j * length + p]!;
  return sum;
}

/** Four rows by four columns; each sum runs in the order of `correlation`. */
function tile(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  length: number,
  into: Float32Array,
  columns: number,
): void {
  let [c00, c01, c02, c03] = [0, 0, 0, 0];
  let [c10, c11, c12, c13] = [0, 0, 0, 0];
  let [c20, c21, c22, c23] = [0, 0, 0, 0];
  let [c30, c31, c32, c33] = [0, 0, 0, 0];
  const [a0, a1, a2, a3] = [i * length, (i + 1) * length, (i + 2) * length, (i + 3) * length];
  const [b0, b1, b2, b3] = [j * length, (j + 1) * length, (j + 2) * length, (j + 3) * length];
  for (let p = 0; p < length; p++) {
    const x0 = a[a0 + p]!;
    const x1 = a[a1 + p]!;
    const x2 = a[a2 + p]!;
    const x3 = a[a3 + p]!;
    const y0 = b[b0 + p]!;
    const y1 = b[b1 + p]!;
    const y2 = b[b2 + p]!;
    const y3 = b[b3 + p]!;
    c00 += x0 * y0;
    c01 += x0 * y1;
    c02 += x0 * y2;
    c03 += x0 * y3;
    c10 += x1 * y0;
    c11 += x1 * y1;
    c12 += x1 * y2;
    c13 += x1 * y3;
    c20 += x2 * y0;
    c21 += x2 * y1;
    c22 += x2 * y2;
    c23 += x2 * y3;
    c30 += x3 * y0;
    c31 += x3 * y1;
    c32 += x3 * y2;
    c33 += x3 * y3;
  }
  const at = i * columns + j;
  into.set([c00, c01, c02, c03], at);
  into.set([c10, c11, c12, c13], at + columns);
  into.set([c20, c21, c22, c23], at + 2 * columns);
  into.set([c30, c31, c32, c33], at + 3 * columns);
}

function edge(
  a: Float64Array,
  from: number,
  to: number,
  b: Float64Array,
  first: number,
  end: number,
  length: number,
  into: Float32Array,
  columns: number,
): void {
  for (let i = from; i < to; i++) {
    for (let j = first; j < end; j++) into[i * columns + j] = correlation(a, i, b, j, length);
  }
}
