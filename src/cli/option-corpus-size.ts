import { usageError } from '../core/usage-error.js';

/** Gathers `--corpus-size FILE=BYTES`. */
export function corpusSizeOption(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const match = /^(.+)=(\d+)$/s.exec(text);
  if (match === null || !Number.isSafeInteger(Number(match[2]))) {
    throw usageError(
      '--corpus-size',
      `"${text}" is not FILE=BYTES`,
      'give a file of the corpus and its bytes',
    );
  }
  return { ...before, [match[1]!]: Number(match[2]) };
}
