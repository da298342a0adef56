import { EXAMPLE_COLUMNS } from '../profile/format.js';
import { rowAt } from '../profile/read/row.js';
import type { ProfileTables } from '../profile/read/tables.js';
import { schemeOf, type TokenScheme } from './token-text.js';

/** Examples whose tokens tell how the vocabulary writes text. */
const SAMPLE = 1000;

/** The scheme of the vocabulary that a profile's examples come from; null where they have ids and no tokens. */
export function schemeOfTable(profile: Pick<ProfileTables, 'batches'>): TokenScheme | null {
  const tokens: string[] = [];
  let rows = 0;
  for (const batch of profile.batches('examples')) {
    for (let row = 0; row < batch.numRows && rows < SAMPLE; row++, rows++) {
      const { context_tokens } = rowAt(EXAMPLE_COLUMNS, batch, row);
      if (context_tokens === null) return null;
      for (const token of context_tokens) if (token !== null) tokens.push(token);
    }
    if (rows >= SAMPLE) break;
  }
  return schemeOf(tokens);
}
