/** Reads `0.5`, `1e-3`, `1%` (a share), `−2`; null for anything else. */
export function percentOrNumber(text: string): number | null {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%?)$/i.exec(text.replace('−', '-'));
  if (match === null) return null;
  return Number(match[1]) / (match[2] === '%' ? 100 : 1);
}
