import { Exit, UserError } from '../../core/errors.js';
import type { MatchPlace } from '../../profile/read/match.js';
import { differing, type Mismatch } from '../diff/comparable.js';
import type { NamedProfile } from '../diff/named-profile.js';

const CURE =
  'make both with --examples match, of the same corpus, with the same tokenizer, --seed and number of positions';

/**
 * Makes sure that two profiles keep activations of the same tokens, without which correlations mean nothing.
 * @throws UserError (exit 78) naming what is missing or differs
 */
export function requireMatchable(a: NamedProfile, b: NamedProfile): void {
  for (const { folder, profile } of [a, b]) {
    if (profile.has('match') && profile.has('match_places')) continue;
    throw new UserError({
      what: 'this profile keeps no activations to match neurons by',
      where: folder,
      todo: CURE,
      exit: Exit.SETTINGS,
    });
  }
  const [one, other] = [a.profile.manifest, b.profile.manifest];
  const [found] = differing([
    ['--seed', one.settings['seed'], other.settings['seed']],
    ['the number of positions', one.settings['match_positions'], other.settings['match_positions']],
    ['sha256 of the corpus', one.corpus.sha256, other.corpus.sha256],
    ['sha256 of the tokenizer', one.tokenizer?.sha256 ?? 'none', other.tokenizer?.sha256 ?? 'none'],
    ...placePairs([...a.profile.matchPlaces()], [...b.profile.matchPlaces()]),
  ]);
  if (found !== undefined) throw unmatchable(found, `${a.folder} and ${b.folder}`);
}

/** Files may have other paths. */
function placePairs(
  a: readonly MatchPlace[],
  b: readonly MatchPlace[],
): [what: string, a: unknown, b: unknown][] {
  const words = (place: MatchPlace | undefined) => {
    if (place === undefined) return 'none';
    const { document, window, position, token_id } = place;
    return `document ${document}, window ${window}, position ${position}, token ${token_id}`;
  };
  const ranks = Math.max(a.length, b.length);
  return Array.from({ length: ranks }, (_, rank) => [`position ${rank}`, words(a[rank]), words(b[rank])]);
}

function unmatchable({ what, a, b }: Mismatch, where: string): UserError {
  return new UserError({
    what: `the neurons of these profiles cannot be matched: ${what} is ${a} in one and ${b} in the other`,
    where,
    todo: CURE,
    exit: Exit.SETTINGS,
  });
}
