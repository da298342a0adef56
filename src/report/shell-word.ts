import { visible } from './visible.js';

/** What a terminal would obey rather than show. */
const UNSEEN = /[\p{Control}\p{Format}\u2028\u2029]/gu;

/** A path as one word that can be pasted into a POSIX shell. */
export function shellWord(path: string): string {
  const shown = visible(path);
  if (shown !== path) return `$'${path.replace(/[\\']/g, '\\$&').replace(UNSEEN, escaped)}'`;
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}

/** The bytes of a character in UTF-8, as $'…' of bash and zsh reads them. */
function escaped(character: string): string {
  return Array.from(
    new TextEncoder().encode(character),
    (byte) => `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}
