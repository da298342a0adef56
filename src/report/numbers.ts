/** Text of figures, the same on every machine: no locale enters it. */

/** `1,234,567`. */
export function grouped(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A figure with four significant digits; `–` for null. */
export function figure(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-4) return minus(value.toExponential(2));
  const digits = Math.max(0, 3 - Math.floor(Math.log10(magnitude)));
  return minus(value.toFixed(Math.min(digits, 6)));
}

/** A figure with so many decimals, for columns of one scale; `–` for null. */
export function decimals(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return figure(value);
  const text = value.toFixed(digits);
  return minus(Number(text) === 0 ? text.replace('-', '') : text);
}

/** A share as a percentage; never rounds something to nothing, nor less than all to all. */
export function percent(share: number | null): string {
  if (share === null || Number.isNaN(share)) return '–';
  if (share === 0 || share === 1) return `${share * 100} %`;
  if (share < 0.0001) return '< 0.01 %';
  if (share > 0.9999) return '> 99.99 %';
  return `${(share * 100).toFixed(share < 0.1 || share > 0.99 ? 2 : 1)} %`;
}

/** `1 neuron`, `2,000 neurons`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The minus that is as wide as a plus. */
function minus(text: string): string {
  return text.replaceAll('-', '−');
}
