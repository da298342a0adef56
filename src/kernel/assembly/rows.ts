import { TILE } from './layout';

/** Rows that are summed in one pass over the columns: so many streams the processor fetches ahead. */
const AT_ONCE: i32 = 16;

/**
 * Σ of rows in float64, row after row: a tile's sums stay in registers. May read a tile less one value beyond a row.
 * @param activations where they begin
 * @param rows which of their values each row begins with (i32)
 * @param into f64 a neuron, whole tiles
 */
export function sumRows(activations: usize, rows: usize, count: i32, neurons: usize, into: usize): void {
  const end = into + ((neurons + TILE - 1) / TILE) * TILE * 8;
  memory.fill(into, 0, end - into);
  while (count > 0) {
    const taken = min(count, AT_ONCE);
    let column = activations;
    for (let at = into; at < end; at += TILE * 8) {
      sumTile(column, rows, rows + <usize>taken * 4, at);
      column += TILE * 4;
    }
    rows += <usize>taken * 4;
    count -= taken;
  }
}

/** Adds a tile's values of rows to its sums. @param column its first value of row 0 @param end of the list of rows @param at the sums */
export function sumTile(column: usize, rows: usize, end: usize, at: usize): void {
  let a = v128.load(at);
  let b = v128.load(at, 16);
  let c = v128.load(at, 32);
  let d = v128.load(at, 48);
  let e = v128.load(at, 64);
  let f = v128.load(at, 80);
  let g = v128.load(at, 96);
  let h = v128.load(at, 112);
  for (; rows < end; rows += 4) {
    const row = column + <usize>load<u32>(rows) * 4;
    a = f64x2.add(a, f64x2.promote_low_f32x4(v128.load64_zero(row)));
    b = f64x2.add(b, f64x2.promote_low_f32x4(v128.load64_zero(row, 8)));
    c = f64x2.add(c, f64x2.promote_low_f32x4(v128.load64_zero(row, 16)));
    d = f64x2.add(d, f64x2.promote_low_f32x4(v128.load64_zero(row, 24)));
    e = f64x2.add(e, f64x2.promote_low_f32x4(v128.load64_zero(row, 32)));
    f = f64x2.add(f, f64x2.promote_low_f32x4(v128.load64_zero(row, 40)));
    g = f64x2.add(g, f64x2.promote_low_f32x4(v128.load64_zero(row, 48)));
    h = f64x2.add(h, f64x2.promote_low_f32x4(v128.load64_zero(row, 56)));
  }
  v128.store(at, a);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
  v128.store(at, e, 64);
  v128.store(at, f, 80);
  v128.store(at, g, 96);
  v128.store(at, h, 112);
}
