import { visible } from './visible.js';

/** A path as one word that can be pasted into a POSIX shell. */
export function shellWord(path: string): string {
  const shown = visible(path);
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}
