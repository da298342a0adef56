import type { Bin, BinRows } from '../profile/read/histograms.js';
import { figure, grouped } from './numbers.js';
import { padStart, textWidth } from './text-width.js';

/** ▁ to █: one to eight eighths of a character's height. */
const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Counts on equal steps of the axis. */
export interface Columns {
  /** Left edge of the first column and right edge of the last, in activation units. */
  from: number;
  to: number;
  counts: Float64Array;
}

/**
 * Bins of unequal width spread over `width` equal columns from the lowest edge
 * to the highest, each bin's count shared out evenly over what it covers. The
 * sum stays that of the bins.
 * @param limits smallest and largest value seen, which the outer bins are clipped to (a clamped bin reaches to them)
 */
export function columnsOf(
  { lower, upper, count, size }: BinRows,
  width: number,
  limits: { min: number; max: number },
): Columns {
  const { min: from, max: to } = limits;
  const counts = new Float64Array(width);
  const step = (to - from) / width;
  const columnAt = (value: number) => Math.min(width - 1, Math.max(0, Math.floor((value - from) / step)));
  const covered = (column: number, left: number, right: number): number => {
    const edge = from + column * step;
    return Math.max(0, Math.min(right, edge + step) - Math.max(left, edge));
  };
  for (let i = 0; i < size; i++) {
    const left = Math.max(from, i === 0 ? from : lower[i]!);
    const right = Math.min(to, i === size - 1 ? to : upper[i]!);
    const first = step === 0 ? 0 : columnAt(left);
    const last = step === 0 || right <= left ? first : columnAt(right);
    let total = 0;
    for (let column = first; column <= last; column++) total += covered(column, left, right);
    if (first === last || !(total > 0)) {
      // Of a bin far narrower than a column, rounding may leave no width at all: it falls in the first.
      counts[first]! += count[i]!;
      continue;
    }
    for (let column = first; column <= last; column++) {
      counts[column]! += (count[i]! * covered(column, left, right)) / total;
    }
  }
  return { from, to, counts };
}

/**
 * Columns as lines of block characters, the highest line first. Height is
 * log(1 + count), the fullest column full; what is not empty shows at least ▁.
 */
export function blockLines(counts: Float64Array, height: number): string[] {
  const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0));
  const eighths = Array.from(counts, (count) =>
    count <= 0 ? 0 : Math.max(1, Math.round((8 * height * Math.log1p(count)) / most)),
  );
  return Array.from({ length: height }, (_, line) => {
    const below = 8 * (height - 1 - line);
    return eighths
      .map((filled) => (filled <= below ? ' ' : BLOCKS[Math.min(8, filled - below) - 1]!))
      .join('');
  });
}

/** Bins that are rows, as columns. */
export function asColumns(bins: readonly Bin[]): BinRows {
  return {
    lower: Float64Array.from(bins, ({ lower }) => lower),
    upper: Float64Array.from(bins, ({ upper }) => upper),
    count: Float64Array.from(bins, ({ count }) => count),
    size: bins.length,
  };
}

/** One line of blocks between its ends: `−0.17 █▅▂▁▁ 4.2`. */
export function sparkline(bins: readonly Bin[], width: number, limits: { min: number; max: number }): string {
  const [line] = blockLines(columnsOf(asColumns(bins), width, limits).counts, 1);
  return `${figure(limits.min)} ${line!} ${figure(limits.max)}`;
}

/** A histogram of several lines with its two axes: counts (logarithmic) to the left, values below. */
export function histogram(
  bins: readonly Bin[],
  { width, height, min, max }: { width: number; height: number; min: number; max: number },
): string[] {
  const { counts } = columnsOf(asColumns(bins), width, { min, max });
  const most = grouped(Math.round(counts.reduce((a, b) => Math.max(a, b), 0)));
  const margin = textWidth(most);
  const lines = blockLines(counts, height).map(
    (line, i) => `${padStart(i === 0 ? most : '', margin)} ┤${line}`,
  );
  const [left, right] = [figure(min), figure(max)];
  const gap = Math.max(1, width - textWidth(left) - textWidth(right));
  return [
    ...lines.map((line) => line.trimEnd()),
    `${' '.repeat(margin)} └${'─'.repeat(width)}`,
    `${' '.repeat(margin + 2)}${left}${' '.repeat(gap)}${right}`,
  ];
}
