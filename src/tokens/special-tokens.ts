/** The special tokens that the post-processor sets around one sequence. */
export interface SpecialTokens {
  prefix: Int32Array;
  suffix: Int32Array;
}

/** Short texts, unlike each other, whose ids hardly occur among special tokens. */
const PROBES = ['a', 'The', '0', 'x y', '.', '神', 'Q'];

/**
 * Finds what a post-processor adds by what it does: encodes short texts with
 * and without special tokens, and looks for the place of the plain ids in the
 * full ones. A text whose ids occur at several places leaves several readings;
 * the next text decides.
 * @returns null where no reading fits every text
 */
export function deriveSpecialTokens(
  encode: (text: string, special: boolean) => readonly (number | null | undefined)[],
): SpecialTokens | null {
  const around = encode('', true);
  if (!around.every((id) => typeof id === 'number')) return null;
  let readings: number[] = Array.from({ length: around.length + 1 }, (_, length) => length);
  for (const probe of PROBES) {
    const plain = encode(probe, false);
    if (plain.length === 0) continue; // the vocabulary lacks it: it could stand anywhere
    const full = encode(probe, true);
    readings = readings.filter((length) =>
      same(full, [...around.slice(0, length), ...plain, ...around.slice(length)]),
    );
    if (readings.length < 2) break;
  }
  if (readings.length !== 1) return null;
  const length = readings[0]!;
  return { prefix: Int32Array.from(around.slice(0, length)), suffix: Int32Array.from(around.slice(length)) };
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}
