import { tokenPieces, type TokenScheme } from './token-text.js';

/** A character whose bytes other tokens share; also what a token without a string says. */
const PART = '\uFFFD';

/**
 * `tokenPieces` of many runs of one vocabulary: what a token says is kept by its id. Tokens that hold parts of
 * characters are decoded each time with those beside them that do too: any other token's bytes are whole.
 */
export class TokenPieces {
  private readonly scheme: TokenScheme;
  /** By id; null where the token says nothing alone. The first token of a run has its own, for it has no blank before it. */
  private readonly first = new Map<number, string | null>();
  private readonly later = new Map<number, string | null>();

  constructor(scheme: TokenScheme) {
    this.scheme = scheme;
  }

  /** @param tokenAt the vocabulary's string of the token at a place in the run; null where there is none */
  of(ids: Int32Array, tokenAt: (place: number) => string | null): string[] {
    const pieces: string[] = [];
    for (let i = 0; i < ids.length;) {
      const piece = this.pieceOf(ids[i]!, i, tokenAt);
      if (piece !== null) {
        pieces.push(piece);
        i++;
        continue;
      }
      const parts: string[] = [];
      for (; i < ids.length && this.pieceOf(ids[i]!, i, tokenAt) === null; i++) parts.push(tokenAt(i)!);
      pieces.push(...tokenPieces(parts, this.scheme));
    }
    return pieces;
  }

  private pieceOf(id: number, place: number, tokenAt: (place: number) => string | null): string | null {
    const known = place === 0 ? this.first : this.later;
    let piece = known.get(id);
    if (piece === undefined) known.set(id, (piece = this.alone(tokenAt(place), place === 0)));
    return piece;
  }

  private alone(token: string | null, isFirst: boolean): string | null {
    if (token === null) return PART;
    const piece = tokenPieces(isFirst ? [token] : ['a', token], this.scheme).at(-1)!;
    return piece.includes(PART) ? null : piece;
  }
}
