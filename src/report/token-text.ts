import { bytesOfToken } from '../core/byte-alphabet.js';
import { decodeRun, type Raw } from './utf8-runs.js';

/** How a vocabulary writes text: which of its strings' signs stand for blanks and bytes. */
export type TokenScheme = 'byte-level' | 'metaspace' | 'wordpiece' | 'words';

/**
 * Tells the scheme of a vocabulary by its strings: Ġ or Ċ begins tokens of
 * byte-level BPE, ▁ those of SentencePiece, ## continues a word of WordPiece.
 * The sign seen most often decides; with none, tokens are taken for words.
 */
export function schemeOf(tokens: Iterable<string>): TokenScheme {
  const seen = { 'byte-level': 0, metaspace: 0, wordpiece: 0 };
  for (const token of tokens) {
    if (/^[ĠĊ]/.test(token)) seen['byte-level']++;
    else if (token.startsWith('▁')) seen.metaspace++;
    else if (/^##./.test(token)) seen.wordpiece++;
  }
  const [scheme, count] = (Object.entries(seen) as [keyof typeof seen, number][]).reduce((best, next) =>
    next[1] > best[1] ? next : best,
  );
  return count === 0 ? 'words' : scheme;
}

/**
 * The text of consecutive tokens, a piece each; joined, the pieces read as text.
 * A token that only ends a character begun before it has the piece `''`.
 */
export function tokenPieces(tokens: readonly string[], scheme: TokenScheme): string[] {
  switch (scheme) {
    case 'byte-level':
      return decodeRun(tokens.map((token) => bytesOfToken(token) ?? token));
    case 'metaspace':
      return decodeRun(tokens.map(metaspaceRaw));
    case 'wordpiece':
      return tokens.map((token, i) => (/^##./.test(token) ? token.slice(2) : i === 0 ? token : ` ${token}`));
    case 'words':
      return tokens.map((token, i) => (i === 0 ? token : ` ${token}`));
  }
}

/** A byte-fallback token is its byte; else ▁ is a blank. */
function metaspaceRaw(token: string): Raw {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token);
  return byte ? [Number.parseInt(byte[1]!, 16)] : token.replaceAll('▁', ' ');
}
