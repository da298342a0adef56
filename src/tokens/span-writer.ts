import type { TracedText } from './traced-text.js';
import type { Spans } from './types.js';

/**
 * Writes spans one token after another. A code point belongs to the token that
 * holds its first unit; a token without one of its own has an empty span where
 * the last one ended.
 */
export class SpanWriter {
  /** Tokens written. */
  count = 0;
  private readonly spans: Spans;
  /** One past the last code point that has an owner. */
  private owned = 0;

  constructor(tokens: number) {
    this.spans = { start: new Int32Array(tokens), end: new Int32Array(tokens) };
  }

  /** The next token holds units [from, to). */
  push({ start, end }: TracedText, from: number, to: number): void {
    let first = -1;
    for (let unit = from; unit < to; unit++) {
      if (start[unit]! < this.owned || end[unit] === start[unit]) continue;
      if (first === -1) first = start[unit]!;
      this.owned = end[unit]!;
    }
    this.spans.start[this.count] = first === -1 ? this.owned : first;
    this.spans.end[this.count++] = this.owned;
  }

  finish(): Spans {
    return this.spans;
  }
}
