import type { ExampleRow } from '../profile/rows.js';
import type { TokenPieces } from '../report/token-pieces.js';
import { allFinite, shortFloat32 } from './numbers.js';

/** An example as other tools read it: its context's tokens as text, an activation each. */
export interface ExampleRecord {
  tokens: string[];
  activations: number[];
}

/**
 * Makes records of examples, and counts those that none can be made of: JSON has no number for a NaN or an
 * infinity in a context.
 */
export class ExampleRecords {
  private readonly pieces: TokenPieces;
  notFinite = 0;

  constructor(pieces: TokenPieces) {
    this.pieces = pieces;
  }

  of({ context_tokens, context_ids, context_activations }: ExampleRow): ExampleRecord | null {
    if (!allFinite(context_activations)) {
      this.notFinite++;
      return null;
    }
    const tokens =
      context_tokens === null
        ? Array.from(context_ids, String)
        : this.pieces.of(context_ids, (place) => context_tokens[place]!);
    return { tokens, activations: Array.from(context_activations, shortFloat32) };
  }

  notices(): string[] {
    const { notFinite } = this;
    if (notFinite === 0) return [];
    const examples = notFinite === 1 ? '1 example is' : `${notFinite} examples are`;
    return [
      `${examples} left out: a NaN or an infinity stands in the context, and JSON has no number for it`,
    ];
  }
}
