import type { Manifest } from '../profile/types.js';
import { grouped, counted } from './numbers.js';
import { pairs } from './text-table.js';
import { shortEnd, textWidth } from './text-width.js';
import type { ProfileView } from './view.js';
import { visible } from './visible.js';

/** Files named one by one. */
const NAMED = 5;
/** Hexadecimal digits of a hash that tell files apart for people. */
const HASH_DIGITS = 16;
const TERM = 12;

/** What was read. */
export function corpusSection({ manifest: { corpus, settings } }: ProfileView, width: number): string[] {
  const named = corpus.files.slice(0, NAMED).map(({ path, records }): [string, string] => {
    const says = `  ${counted(records, 'record')}`;
    return ['', shortEnd(visible(path), width - TERM - textWidth(says)) + says];
  });
  if (corpus.files.length > NAMED)
    named.push(['', `and ${counted(corpus.files.length - NAMED, 'more file')}`]);
  if (named[0] !== undefined) named[0][0] = corpus.files.length === 1 ? 'file' : 'files';
  const rejects = rejectedRecords(corpus);
  const limit = settings['limit'];
  return pairs([
    ...named,
    [
      'documents',
      grouped(corpus.documents) +
        (typeof limit === 'number' ? ` (no more than the first ${grouped(limit)} records were read)` : ''),
    ],
    ['windows', `${grouped(corpus.windows)} of at most ${settings['context'] as number} tokens`],
    [
      'tokens',
      `${grouped(corpus.counted_tokens)} counted${settings['count_special'] === true ? ', those that the tokenizer adds included' : ''}`,
    ],
    ...skipped(corpus, settings).map((says) => ['', says] as const),
    ...dumped(corpus, settings).map((says) => ['dumped', says] as const),
    ...(rejects === null ? [] : [['rejected', rejects] as const]),
    ['sha256', corpus.sha256!.slice(0, HASH_DIGITS)],
  ]);
}

/** What `--skip-until` left out, and of how many documents nothing. */
export function skipped(
  { headless = 0 }: Pick<Manifest['corpus'], 'headless'>,
  settings: Manifest['settings'],
): string[] {
  const until = settings['skip_until'];
  if (typeof until !== 'string') return [];
  const has = headless === 1 ? 'has' : 'have';
  const without = headless === 0 ? '' : ` (${counted(headless, 'document')} ${has} none)`;
  return [`but for each document’s head up to ${shortEnd(visible(JSON.stringify(until)), 12)}${without}`];
}

/** What `--dump` wrote. */
function dumped({ dumped = 0 }: Manifest['corpus'], settings: Manifest['settings']): string[] {
  if (settings['dump'] === undefined) return [];
  return [
    `${counted(dumped, 'activation')} above ${settings['dump_above'] as number}, for ${settings['dump'] as string}`,
  ];
}

/** How many records were rejected, and for what; null where none. */
export function rejectedRecords({ rejects }: { rejects: Readonly<Record<string, number>> }): string | null {
  const all = Object.values(rejects).reduce((sum, count) => sum + count, 0);
  return all === 0 ? null : rejected(all, rejects);
}

function rejected(all: number, byReason: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(byReason).map(([reason, count]) => `${grouped(count)} ${reason}`);
  return `${counted(all, 'record')}: ${reasons.join(', ')}`;
}
