import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import type { JudgedGate } from '../../analyse/diff/judge-gates.js';
import { EVENTS } from '../../analyse/diff/neuron-diff.js';
import { quantileOf } from '../../analyse/diff/tally.js';
import { counted, figure, grouped } from '../numbers.js';

/** What a new checkpoint changed, in one line. */
export function headline(diff: ProfileDiff, gates: readonly JudgedGate[]): string {
  const { neurons, unmatched, events, measures } = diff.all;
  const judged = gatesWords(gates);
  const compared = counted(neurons, diff.matching === null ? 'neuron' : 'pair');
  if (isSame(diff)) return [`no difference in ${compared}`, ...judged].join('; ');
  const rare = events.broke + events.mended > 0;
  const happened = EVENTS.slice(0, rare ? 4 : 2).map((event) => `${grouped(events[event])} ${event}`);
  const js = quantileOf(measures.js, 0.99);
  return [
    `${happened.join(', ')} of ${compared}`,
    ...(unmatched.a + unmatched.b > 0
      ? [`${grouped(unmatched.a)} and ${grouped(unmatched.b)} unmatched`]
      : []),
    ...(js === js ? [`JS p99 ${figure(js)} bits`] : []),
    ...judged,
  ].join('; ');
}

/** Whether every neuron is compared, and every measure says that nothing moved. */
export function isSame({ all: { unmatched, events, measures }, classes, labels }: ProfileDiff): boolean {
  const largest = (['js', 'w1', 'shift'] as const).map((measure) => measures[measure].at(-1) ?? 0);
  const smallest = (['jaccard', 'rbo'] as const).map((measure) => measures[measure][0] ?? 1);
  return (
    unmatched.a + unmatched.b + (classes?.count ?? 0) + (labels?.changed.length ?? 0) === 0 &&
    EVENTS.every((event) => events[event] === 0) &&
    largest.every((value) => value === 0) &&
    smallest.every((value) => value === 1)
  );
}

function gatesWords(gates: readonly JudgedGate[]): string[] {
  if (gates.length === 0) return [];
  const failed = gates.filter((gate) => gate.failed).length;
  if (failed === 0) return [gates.length === 1 ? 'the gate held' : `all ${gates.length} gates held`];
  return [`${failed} of ${counted(gates.length, 'gate')} failed`];
}
