import type { ProfileRequest } from '../run/types.js';
import { countOption } from './option-count.js';
import { usageError } from '../core/usage-error.js';

/** Examples kept where a kind is named without a number: exporters want three random ones at least. */
export const RANDOM = 8;
export const BANDS = 1;
/** Positions kept for matching: r of unrelated neurons is then within some 0.03 of 0 (1/√N). */
export const MATCH = 1024;

/** Parser of `--examples`: `random`, `bands`, `match`, each perhaps with `=N`, joined by commas. */
export function samplesOption(text: string): ProfileRequest['samples'] {
  const samples = { random: 0, bands: 0, match: 0 };
  for (const part of text.split(',')) {
    const [kind, number, ...more] = part.trim().split('=');
    if (
      (kind !== 'random' && kind !== 'bands' && kind !== 'match') ||
      more.length > 0 ||
      samples[kind] !== 0
    ) {
      throw usageError(
        '--examples',
        `"${part.trim()}" is not something --examples takes`,
        'give random, bands, match or some of them, such as random=8,bands',
      );
    }
    const most = { random: 1000, bands: 100, match: 65_536 }[kind];
    const byDefault = { random: RANDOM, bands: BANDS, match: MATCH }[kind];
    samples[kind] =
      number === undefined
        ? byDefault
        : countOption('--examples', { least: kind === 'match' ? 2 : 1, most })(number);
  }
  return samples;
}
