import type { ClassChanges } from '../../analyse/diff/class-changes.js';
import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import { EVENTS, MEASURES, type Event } from '../../analyse/diff/neuron-diff.js';
import { counted, grouped } from '../numbers.js';
import { visible } from '../visible.js';

/** Names of those that died, and so on: a sentence each. */
export function eventSentences({ named, all }: ProfileDiff): string[] {
  const verb: Record<Event, string> = { died: 'Died', revived: 'Revived', broke: 'Broke', mended: 'Mended' };
  return EVENTS.flatMap((event) => {
    const names = named[event];
    if (names.length === 0) return [];
    const rest = all.events[event] - names.length;
    const more = rest > 0 ? ` and ${grouped(rest)} more (column "${event}" of diff.arrow)` : '';
    return [`${verb[event]}: ${names.join(', ')}${more}.`];
  });
}

/** Names in a sentence; the others are in --json. */
const NAMED = 24;

/** Which neurons have no partner, and why: a sentence a side. */
export function unmatchedSentences({ matching }: ProfileDiff): string[] {
  return (['a', 'b'] as const).flatMap((side) => {
    const all = (matching ?? []).flatMap(({ unmatched }) => unmatched[side]);
    if (all.length === 0) return [];
    const names = all.slice(0, NAMED).map(({ name, reason }) => `${name} (${reason})`);
    const more = all.length > NAMED ? ` and ${grouped(all.length - NAMED)} more (--json has all)` : '';
    return [`Unmatched ${side === 'a' ? 'before' : 'after'}: ${names.join(', ')}${more}.`];
  });
}

/** What a reader must know of what was compared, a sentence each. */
export function noteSentences(diff: ProfileDiff): string[] {
  const { different, noOverlap, all, a, b } = diff;
  const lacking = MEASURES.slice(0, 4)
    .map((measure) => ({ measure, count: all.neurons - all.measures[measure].length }))
    .filter(({ count }) => count > 0);
  const histograms = 'histograms.arrow' in a.manifest.files && 'histograms.arrow' in b.manifest.files;
  return [
    ...(different.length === 0
      ? []
      : [
          `What differs may come from more than the model. Before and after are not the same: ${different
            .map(({ what, a: before, b: after }) => `${what} (${visible(before)}, ${visible(after)})`)
            .join(', ')}.`,
        ]),
    ...(noOverlap === null
      ? []
      : [
          `The examples are not compared: ${noOverlap.what} is ${visible(noOverlap.a)} before and ${visible(noOverlap.b)} after.`,
        ]),
    ...meaningNotes(diff),
    ...(histograms ? [] : ['JS and W1 are not given: one of the profiles has no histograms.']),
    ...(lacking.length === 0 || !histograms
      ? []
      : [
          `Undefined, so in no figure above: ${lacking.map(({ measure, count }) => `${measure} of ${counted(count, 'neuron')}`).join(', ')} (no finite value in one of the profiles, or no σ to divide by).`,
        ]),
  ];
}

/** What is not shown of classes and labels, and what was not compared. */
function meaningNotes({ classes, labels, a, b }: ProfileDiff): string[] {
  const asked = ({ manifest }: ProfileDiff['a']) => {
    const kinds = manifest.settings['explain'] as string[] | undefined;
    return kinds?.join(', ') ?? 'not given';
  };
  const [before, after] = [asked(a), asked(b)];
  const more = (classes?.count ?? 0) - (classes?.neurons.length ?? 0);
  const rest = (labels?.changed.length ?? 0) - NAMED;
  return [
    ...(classes === null && before !== after
      ? [`What neurons are named for is not compared: --explain is ${before} before and ${after} after.`]
      : []),
    ...(classes === null || classes.count === 0
      ? []
      : [
          `Named otherwise: ${classes.neurons.map(namedOtherwise).join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}.`,
        ]),
    ...(rest > 0 ? [`Another neuron tells ${grouped(rest)} more labels best (--json has all).`] : []),
  ];
}

/** `L2.N5 (token → none)`, in the words of the column `explained_by`. */
function namedOtherwise({ neuron, from, to }: ClassChanges['neurons'][number]): string {
  const [was, is] = [from, to].map((by) => (by === '' ? 'none' : by));
  return `${neuron} (${was} → ${is})`;
}
