import { FEW, FEW_SHARE, NAMED_FROM, PART_FROM, SURE } from '../analyse/explained/name-neuron.js';
import { EXPLAIN_KINDS, type ExplainKind } from '../accumulate/explain-kinds.js';
import type { ExplainedBy } from '../profile/explained.js';
import { decimals, grouped, percent } from './numbers.js';
import { schemeOf, type TokenScheme } from './token-text.js';
import { tokenWord } from './token-word.js';
import type { CarrierRow, ExplainedRow } from './view.js';

/** What neurons are called by what explains them. */
export const EXPLAINED_NAMES = {
  token: 'token detector',
  tokens: 'token-driven neuron',
  previous: 'previous-token neuron',
  'n-gram': 'n-gram candidate',
  position: 'positional neuron',
} as const satisfies Readonly<Record<Exclude<ExplainedBy, ''>, string>>;

/** What the names mean; the numbers are those that decide. */
export const EXPLAINED_LEGEND =
  `ε²: share of a neuron's variance that lies between tokens (previous tokens, positions), less what chance gives; ` +
  `in brackets η², with it. Named for the largest that reaches ${NAMED_FROM} and is ${SURE} times its standard error ` +
  `under chance. A token detector: ${FEW} tokens carry ${FEW_SHARE * 100} % of it or more; token-driven: they do not. ` +
  `An n-gram candidate: token and previous token have ${PART_FROM} each or more, and ${NAMED_FROM} together.`;

/** ε² of each kind that was asked for, η² behind it: `token 0.71 (0.73)`. */
export function epsilons(row: ExplainedRow, kinds: readonly ExplainKind[]): string {
  return kinds
    .map((kind) => `${kind} ${decimals(row[`epsilon2_${kind}`], 3)} (${decimals(row[`eta2_${kind}`], 3)})`)
    .join('  ');
}

/** The kinds that a profile's settings name. */
export function kindsOf(settings: Readonly<Record<string, unknown>>): ExplainKind[] {
  const named = (settings['explain'] ?? []) as string[];
  return EXPLAIN_KINDS.filter((kind) => named.includes(kind));
}

/** The classes that carry a kind: `“king” 45 % (mean 3.1, 120 times)`; those of little are left out. */
export function carrierWords(
  carriers: readonly CarrierRow[],
  kind: ExplainKind,
  most: number,
  scheme: TokenScheme,
): string {
  const words = carriers
    .filter((row) => row.kind === kind && row.share >= LEAST_SHARE)
    .slice(0, most)
    .map((row) => {
      const times = `${grouped(row.count)} ${row.count === 1 ? 'time' : 'times'}`;
      return `${className(row, scheme)} ${percent(row.share)} (mean ${decimals(row.mean, 2)}, ${times})`;
    });
  return words.length === 0 ? `many, none with ${percent(LEAST_SHARE)} or more` : words.join(', ');
}

/** Share from which on a class is worth its name. */
const LEAST_SHARE = 0.01;

export function schemeOfCarriers(carriers: readonly CarrierRow[]): TokenScheme {
  return schemeOf(carriers.flatMap(({ token }) => token ?? []));
}

function className({ kind, position, token_id, token }: CarrierRow, scheme: TokenScheme): string {
  if (kind === 'position') return grouped(position!);
  if (token_id === null) return 'none before';
  return token === null ? `id ${token_id}` : tokenWord(token, scheme);
}
