/** Edits between what was asked for and a name that still counts as a slip of the pen. */
const SLIP = 2;

/** The name most like the one asked for, if it is a slip away or the same in another case. */
export function closestName(names: Iterable<string>, asked: string): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const name of names) {
    const distance = editDistance(name.toLowerCase(), asked.toLowerCase());
    if (distance > SLIP || distance >= asked.length) continue;
    if (best === null || distance < best.distance) best = { name, distance };
  }
  return best?.name ?? null;
}

/** Levenshtein's distance; past `SLIP` only some number above it. https://en.wikipedia.org/wiki/Levenshtein_distance */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > SLIP) return SLIP + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
