import type { Accumulator, Batch } from './accumulator.js';
import { classRows, type ClassRows } from './class-rows.js';
import { addSums, emptySums, mergeSums, type ClassSums } from './class-sums.js';
import type { ExplainKind } from './explain-kinds.js';
import { plainSumRows, type SumRows } from './sum-rows.js';

/**
 * Σx of the counted tokens of each class, one set of classes a kind: `position`, the place in the window as fed; `token`,
 * the id; `previous`, the id before in the document. What is not finite enters nothing.
 */
export type Explained = Partial<Record<ExplainKind, ClassSums>>;

/** A batch's values are summed by class in float64, in the order of its runs; that is rounded once and added exactly. */
export function explainedAccumulator(
  kinds: readonly ExplainKind[],
  sumRows: SumRows = plainSumRows(),
): Accumulator<Explained> {
  const groups = groupsOfBatch(kinds);
  return {
    name: 'explained',
    empty: (neurons) => Object.fromEntries(kinds.map((kind) => [kind, emptySums(neurons)])),
    add: (into, batch) => {
      for (const [kind, rows] of groups(batch)) addRows(into[kind]!, batch, rows, sumRows);
    },
    merge: (into, from) => {
      for (const kind of kinds) mergeSums(into[kind]!, from[kind]!);
    },
  };
}

function addRows(
  into: ClassSums,
  { activations, neurons }: Batch,
  { classes, start, rows }: ClassRows,
  sumRows: SumRows,
): void {
  for (let c = 0; c < classes.length; c++) {
    const sums = sumRows(activations, rows, start[c]!, start[c + 1]!, neurons);
    addSums(into, classes[c]!, sums, start[c + 1]! - start[c]!);
  }
}

/** The rows of each class, found once for a batch: all layers are given the same runs and places. */
function groupsOfBatch(kinds: readonly ExplainKind[]): (batch: Batch) => [ExplainKind, ClassRows][] {
  let last: { runs: Batch['runs']; places: Batch['places']; neurons: number } | null = null;
  let groups: [ExplainKind, ClassRows][] = [];
  return (batch) => {
    const { runs, places, neurons } = batch;
    if (last?.runs !== runs || last.places !== places || last.neurons !== neurons) {
      groups = kinds.map((kind) => [kind, classRows(batch, kind)]);
      last = { runs, places, neurons };
    }
    return groups;
  };
}
