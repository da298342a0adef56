import { tokenPieces, type TokenScheme } from './token-text.js';
import { visible } from './visible.js';

/** A token of the vocabulary as text, between quotation marks, for many begin with a blank. */
export function tokenWord(token: string, scheme: TokenScheme): string {
  const [text] = tokenPieces([token], scheme);
  return `“${visible(text!)}”`;
}
