/**
 * Exact sums of each class and neuron: a whole number of units of 2^−40, low + high · 2^52, |low| < 2^52. `high` is
 * there only where a sum has passed ±2^12, and lies beside `low`.
 *
 * Cells lie in pages of some rows, a row a class, so that growing copies nothing and there are not too many buffers to
 * be sent to another thread.
 */
export interface ClassSums {
  neurons: number;
  /** Row of each class. */
  slots: Map<number, number>;
  /** Tokens of each row's class. */
  counts: number[];
  low: Float64Array[];
  high: (Float64Array | null)[];
}

/** One class, its sums in their one form: −2^51 ≤ low < 2^51. */
export interface ClassSum {
  /** Position, or id; NO_TOKEN. */
  class: number;
  /** Counted tokens. */
  count: number;
  low: Float64Array;
  /** null: all 0. */
  high: Float64Array | null;
}

/** Bits below the point. */
const UNIT_BITS = 40;
const UNITS = 2 ** UNIT_BITS;
/** `high` counts so many units. */
const CARRY = 2 ** 52;
/** Sums from here on take the slow way; below, adding and taking away ROUND leaves a whole number, ties to even. */
const FAST = 2 ** 51;
const ROUND = 1.5 * 2 ** 52;

/**
 * A batch's sum that n values below this cannot have is left out: what it is of is infinite, NaN or at least this large.
 * So Σ|x| over 2^45 tokens, 2^105 units, still leaves `high` exact.
 */
export const LARGEST = 2 ** 20;

/** Cells of a page, unless one row has more, and rows of a page at most: half a mebibyte, and less for few neurons. */
const PAGE_CELLS = 1 << 16;
const PAGE_ROWS = 64;

/** How far a class's mean may lie from that of the batches' sums: half a unit, as a class has no more batches than tokens. */
export const MEAN_ERROR = 2 ** -(UNIT_BITS + 1);

export function emptySums(neurons: number): ClassSums {
  return { neurons, slots: new Map(), counts: [], low: [], high: [] };
}

/** Adds a batch's sums of a class, the first of each neuron, each rounded to a whole number of units. @param tokens that they are of */
export function addSums(into: ClassSums, ofClass: number, sums: Float64Array, tokens: number): void {
  const { slot, low, at } = rowFor(into, ofClass);
  into.counts[slot]! += tokens;
  const largest = tokens * LARGEST;
  for (let j = 0; j < into.neurons; j++) {
    const units = sums[j]! * UNITS;
    if (!(Math.abs(units) < FAST)) {
      if (Math.abs(sums[j]!) <= largest) addLarge(into, slot, at + j, wholeOf(units));
      continue;
    }
    const sum = low[at + j]! + (units + ROUND - ROUND);
    low[at + j] = sum;
    if (Math.abs(sum) >= CARRY) carry(into, slot, at + j);
  }
}

/** Adds `from`, which has as many neurons, to `into`. */
export function mergeSums(into: ClassSums, from: ClassSums): void {
  for (const [ofClass, slot] of from.slots) {
    const source = place(from, slot);
    addRow(into, ofClass, from.counts[slot]!, {
      low: from.low[source.page]!.subarray(source.at, source.at + from.neurons),
      high: from.high[source.page]?.subarray(source.at, source.at + from.neurons) ?? null,
    });
  }
}

/** Adds a class's sums, low + high · 2^52 units each, |low| < 2^52. */
export function addRow(
  into: ClassSums,
  ofClass: number,
  tokens: number,
  row: Pick<ClassSum, 'low' | 'high'>,
): void {
  const { slot, page, low, at } = rowFor(into, ofClass);
  into.counts[slot]! += tokens;
  for (let j = 0; j < into.neurons; j++) {
    low[at + j]! += row.low[j]!;
    if (Math.abs(low[at + j]!) >= CARRY) carry(into, slot, at + j);
  }
  if (row.high === null) return;
  const high = highOf(into, page);
  for (let j = 0; j < into.neurons; j++) high[at + j]! += row.high[j]!;
}

/** The classes, ascending, each made when it is asked for: equal sums are equal whatever made them. */
export function* sortedClasses(sums: ClassSums): Generator<ClassSum> {
  const classes = [...sums.slots.keys()].sort((a, b) => a - b);
  for (const ofClass of classes) {
    const slot = sums.slots.get(ofClass)!;
    const { page, at } = place(sums, slot);
    const low = sums.low[page]!.slice(at, at + sums.neurons);
    const high = sums.high[page]?.slice(at, at + sums.neurons) ?? new Float64Array(sums.neurons);
    let isHigh = false;
    for (let j = 0; j < low.length; j++) {
      const carried = Math.floor(low[j]! / CARRY + 0.5);
      low[j]! -= carried * CARRY;
      high[j]! += carried;
      if (high[j] !== 0) isHigh = true;
    }
    yield { class: ofClass, count: sums.counts[slot]!, low, high: isHigh ? high : null };
  }
}

/** Rows that have room for a `high`. */
export function highRows(sums: ClassSums): number {
  return sums.high.filter((page) => page !== null).length * rowsOfPage(sums);
}

/** The sum of a class and neuron as float64, to its last bit or two. */
export function sumOf({ low, high }: ClassSum, neuron: number): number {
  return low[neuron]! / UNITS + (high === null ? 0 : high[neuron]! * (CARRY / UNITS));
}

/** Where the row of a class lies, which is made if there is none. */
function rowFor(sums: ClassSums, ofClass: number) {
  let slot = sums.slots.get(ofClass);
  if (slot === undefined) {
    slot = sums.counts.length;
    sums.slots.set(ofClass, slot);
    sums.counts.push(0);
  }
  const { page, at } = place(sums, slot);
  if (page === sums.low.length) {
    sums.low.push(new Float64Array(rowsOfPage(sums) * sums.neurons));
    sums.high.push(null);
  }
  return { slot, page, low: sums.low[page]!, at };
}

function place(sums: ClassSums, slot: number): { page: number; at: number } {
  const rows = rowsOfPage(sums);
  return { page: Math.floor(slot / rows), at: (slot % rows) * sums.neurons };
}

function rowsOfPage({ neurons }: ClassSums): number {
  return Math.max(1, Math.min(PAGE_ROWS, Math.floor(PAGE_CELLS / Math.max(1, neurons))));
}

function highOf(sums: ClassSums, page: number): Float64Array {
  return (sums.high[page] ??= new Float64Array(sums.low[page]!.length));
}

/** Takes from a cell's `low`, below 2^53, what makes it smaller than half of what `high` counts. */
function carry(sums: ClassSums, slot: number, cell: number): void {
  const { page } = place(sums, slot);
  const low = sums.low[page]!;
  const carried = Math.floor(low[cell]! / CARRY + 0.5);
  low[cell]! -= carried * CARRY;
  highOf(sums, page)[cell]! += carried;
}

/** To the nearest whole number, ties to even; from 2^52 on every number is whole. */
function wholeOf(units: number): number {
  const bias = Math.abs(units) < CARRY ? Math.sign(units) * CARRY : 0;
  return units + bias - bias;
}

/** Adds a whole number of units, of any size. */
function addLarge(sums: ClassSums, slot: number, cell: number, units: number): void {
  const { page } = place(sums, slot);
  const carried = Math.floor(units / CARRY + 0.5);
  const low = sums.low[page]!;
  low[cell]! += units - carried * CARRY; // exact: both are multiples of the last bit of `units`
  if (carried !== 0) highOf(sums, page)[cell]! += carried;
  if (Math.abs(low[cell]!) >= CARRY) carry(sums, slot, cell);
}
