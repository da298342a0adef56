import { tokenPieces } from '../../token-text.js';
import { visible } from '../../visible.js';
import type { PageExample } from '../packed-examples.js';
import type { Store } from './store.js';

/** The text of each token of a context, joined they read as text; ids where there is no vocabulary. */
export function piecesOf(store: Store, { tokens }: PageExample<string>): string[] {
  const { ids, texts } = store.tokens;
  const known = Array.from(tokens, (number) => texts[number] ?? null);
  if (known.every((text) => text === null)) {
    return Array.from(tokens, (number, i) => (i === 0 ? `${ids[number]}` : ` ${ids[number]}`));
  }
  return tokenPieces(
    known.map((text, i) => text ?? `[${ids[tokens[i]!]}]`),
    store.scheme,
  );
}

/** One token on its own, as it may be shown; its id where it has no string. */
export function tokenAlone(store: Store, id: number): string {
  if (Number.isNaN(id)) return '–';
  const text = store.tokenText(id);
  if (text === null) return `[${id}]`;
  const [piece] = tokenPieces([text], store.scheme);
  return visible(piece!).replaceAll(' ', '␣');
}
