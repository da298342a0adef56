import type { ExplainedBy } from '../../profile/explained.js';

/** ε² from which on a neuron is named for what explains it: more than half of its variance. */
export const NAMED_FROM = 0.5;
/** ε² of the token and of the token before from which on both count as parts of an n-gram. */
export const PART_FROM = 0.1;
/** ε² must be so many times what it would differ from 0 by, were the classes dealt out at random. */
export const SURE = 5;
/** Fewer values than this, as which the deviations weigh, may share a rare class by chance. */
export const FEWEST_VALUES = 5;
/** A neuron that tokens explain detects some where so few of them carry FEW_SHARE of what lies between tokens. */
export const FEW = 5;
export const FEW_SHARE = 0.5;

/** What one kind of classes says of a neuron. */
export interface Evidence {
  epsilon2: number;
  /** Standard error of ε², were the classes dealt out at random. */
  chance: number;
  /** Share of what lies between classes that the FEW of them carry that carry most. */
  few: number;
}

/**
 * What a neuron is named for, if for anything (docs/explained.md): the kind with the largest ε², if that reaches
 * NAMED_FROM; else an n-gram, if the token and the one before both have a part and together reach it. null: a kind that
 * was not asked for, or is undefined.
 */
export function nameNeuron(
  token: Evidence | null,
  previous: Evidence | null,
  position: Evidence | null,
): ExplainedBy {
  const [t, q, p] = [token, previous, position].map(trusted) as [number, number, number];
  const largest = Math.max(t, q, p);
  if (largest >= NAMED_FROM) {
    if (largest === t) return token!.few >= FEW_SHARE ? 'token' : 'tokens';
    return largest === q ? 'previous' : 'position';
  }
  return Math.min(t, q) >= PART_FROM && t + q >= NAMED_FROM ? 'n-gram' : '';
}

/** ε², or 0 where it may be chance. */
function trusted(evidence: Evidence | null): number {
  return evidence !== null && evidence.epsilon2 >= SURE * evidence.chance ? evidence.epsilon2 : 0;
}
