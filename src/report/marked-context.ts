import type { Paint } from './paint.js';
import { cutEnd, shortEnd, shortStart, textWidth } from './text-width.js';
import { tokenPieces, type TokenScheme } from './token-text.js';
import { visible } from './visible.js';

export interface Context {
  /** The vocabulary's strings; null without a tokenizer. */
  tokens: readonly (string | null)[] | null;
  ids: ArrayLike<number>;
  /** Place of the firing token in them. */
  firing: number;
  /** Places of tokens that shall be seen if they fit, first and last; default: none but the firing one. */
  keep?: readonly [first: number, last: number];
}

/** Share of the width that the text before the firing token may take: what fires is mostly said before it. */
const BEFORE = 0.6;

/**
 * The context of an example in one line of at most `width` columns, the firing
 * token marked; what does not fit is cut at both ends (…).
 */
export function markedContext(context: Context, scheme: TokenScheme, paint: Paint, width: number): string {
  const { before, firing, after, keepBefore, keepAfter } = parts(context, scheme);
  // A blank before the token stands outside the mark: " ⟨king⟩", not "⟨ king⟩".
  const blank = /^ +(?=[^ ])/.exec(firing)?.[0] ?? '';
  const bare = firing.slice(blank.length);
  const mark = textWidth(paint.firing('')); // 2 without colour
  const token = textWidth(bare) + mark > width ? `${cutEnd(bare, width - mark - 1)}…` : bare;
  const left = Math.max(0, width - textWidth(token) - mark);
  const wanted = [textWidth(before + blank), textWidth(after)] as const;
  const share = Math.max(Math.floor(left * BEFORE), left - wanted[1]);
  // What shall be seen needs room for its own width and the … beyond it.
  const kept = keepBefore === '' ? share : Math.max(share, textWidth(keepBefore + blank) + 1);
  const most = keepAfter === '' ? left : Math.max(0, left - textWidth(keepAfter) - 1);
  const leftWidth = Math.min(wanted[0], kept, Math.max(most, 0));
  const rightWidth = Math.min(wanted[1], left - leftWidth);
  return shortStart(before + blank, leftWidth) + paint.firing(token) + shortEnd(after, rightWidth);
}

function parts(
  { tokens, ids, firing, keep = [firing, firing] }: Context,
  scheme: TokenScheme,
): { before: string; firing: string; after: string; keepBefore: string; keepAfter: string } {
  const pieces = (
    tokens === null
      ? Array.from(ids, (id, i) => (i === 0 ? `${id}` : ` ${id}`))
      : tokenPieces(
          Array.from(tokens, (token, i) => token ?? `[${ids[i]}]`),
          scheme,
        )
  ).map(visible);
  // A token that ends a character begun before it: the mark stands round that character.
  let first = firing;
  while (first > 0 && pieces[first] === '') first--;
  const join = (from: number, end: number) => pieces.slice(from, end).join('');
  return {
    before: join(0, first).trimStart(),
    firing: join(first, firing + 1),
    after: join(firing + 1, pieces.length).trimEnd(),
    keepBefore: join(Math.min(keep[0], first), first),
    keepAfter: join(firing + 1, Math.max(keep[1], firing) + 1),
  };
}
