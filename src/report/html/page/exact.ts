/** The shortest decimal that is this float32 and no other, with a true minus; `–` for NaN. */
export function exact(value: number): string {
  if (Number.isNaN(value)) return '–';
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text)).replaceAll('-', '−');
  }
  return String(value).replaceAll('-', '−');
}
