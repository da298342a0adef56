/**
 * The assignment of rows to columns, each at most once and as many as there can be, whose weights add up to most.
 *
 * Shortest augmenting paths for dense rectangular matrices: Crouse, "On implementing 2D rectangular assignment
 * algorithms" (2016, https://doi.org/10.1109/TAES.2016.140952), after Jonker and Volgenant, "A shortest augmenting path
 * algorithm for dense and sparse linear assignment problems" (1987, https://doi.org/10.1007/BF02278710). The rows whose
 * best column nobody took before them begin assigned to it, which is where all that is plain to see ends. At worst
 * rows² · columns steps; of equal sums, which one is found hangs on the order of rows and columns only.
 * @param weights [rows × columns], row-major, finite
 * @returns of each row its column, or −1
 */
export function assign(weights: Float32Array, rows: number, columns: number): Int32Array {
  if (rows <= columns) return assignRows(weights, rows, columns);
  const rowOf = assignRows(transposed(weights, rows, columns), columns, rows);
  const columnOf = new Int32Array(rows).fill(-1);
  rowOf.forEach((row, column) => (columnOf[row] = column));
  return columnOf;
}

function transposed(weights: Float32Array, rows: number, columns: number): Float32Array {
  const into = new Float32Array(weights.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) into[j * rows + i] = weights[i * columns + j]!;
  return into;
}

/**
 * A partial assignment and what proves it best: costs are −weight, and cost − u[i] − v[j] ≥ 0 everywhere, 0 where
 * assigned.
 */
interface Solution {
  weights: Float32Array;
  columns: number;
  columnOf: Int32Array;
  rowOf: Int32Array;
  u: Float64Array;
  v: Float64Array;
}

/** Every row gets a column. */
function assignRows(weights: Float32Array, rows: number, columns: number): Int32Array {
  const solution: Solution = {
    ...{ weights, columns },
    columnOf: new Int32Array(rows).fill(-1),
    rowOf: new Int32Array(columns).fill(-1),
    ...{ u: new Float64Array(rows), v: new Float64Array(columns) },
  };
  takeBest(solution, rows);
  const room = searchRoom(rows, columns);
  for (let row = 0; row < rows; row++) if (solution.columnOf[row] === -1) augment(solution, row, room);
  return solution.columnOf;
}

function takeBest({ weights, columns, columnOf, rowOf, u }: Solution, rows: number): void {
  for (let i = 0; i < rows; i++) {
    let best = 0;
    for (let j = 1; j < columns; j++) {
      if (weights[i * columns + j]! > weights[i * columns + best]!) best = j;
    }
    u[i] = -weights[i * columns + best]!;
    if (rowOf[best] !== -1) continue;
    columnOf[i] = best;
    rowOf[best] = i;
  }
}

/** Memory of one search, for all of them. */
interface SearchRoom {
  /** Length of the shortest path to each column, and the row before it. */
  shortest: Float64Array;
  before: Int32Array;
  /** Columns that no path is final to; the first `left` entries. */
  remaining: Int32Array;
  /** Rows and columns that one is, in the order they became so. */
  seenRows: Int32Array;
  seenColumns: Int32Array;
}

function searchRoom(rows: number, columns: number): SearchRoom {
  return {
    shortest: new Float64Array(columns),
    before: new Int32Array(columns),
    remaining: new Int32Array(columns),
    seenRows: new Int32Array(rows),
    seenColumns: new Int32Array(columns),
  };
}

/** Assigns one more row: the shortest path from it to a free column is turned over (Dijkstra on reduced costs). */
function augment(solution: Solution, start: number, room: SearchRoom): void {
  const { weights, columns, columnOf, rowOf, u, v } = solution;
  const { shortest, before, remaining, seenRows, seenColumns } = room;
  shortest.fill(Infinity);
  for (let j = 0; j < columns; j++) remaining[j] = j;
  let left = columns;
  let seen = 0;
  let reached = 0;
  let row = start;
  let sink = -1;
  while (sink === -1) {
    seenRows[seen] = row;
    const base = reached - u[row]!;
    const at = row * columns;
    let lowest = Infinity;
    let index = -1;
    for (let r = 0; r < left; r++) {
      const j = remaining[r]!;
      const length = base - weights[at + j]! - v[j]!;
      if (length < shortest[j]!) {
        shortest[j] = length;
        before[j] = row;
      }
      // Of equally near columns a free one, which ends the search.
      if (shortest[j]! < lowest || (shortest[j] === lowest && rowOf[j] === -1)) {
        lowest = shortest[j]!;
        index = r;
      }
    }
    reached = lowest;
    const column = remaining[index]!;
    remaining[index] = remaining[--left]!;
    seenColumns[seen++] = column;
    if (rowOf[column] === -1) sink = column;
    else row = rowOf[column]!;
  }
  u[start]! += reached;
  for (let s = 1; s < seen; s++) u[seenRows[s]!]! += reached - shortest[columnOf[seenRows[s]!]!]!;
  for (let s = 0; s < seen; s++) v[seenColumns[s]!]! -= reached - shortest[seenColumns[s]!]!;
  turn(solution, before, start, sink);
}

/** Assigns along the path that ends at `sink`: each row on it takes the column that follows. */
function turn({ columnOf, rowOf }: Solution, before: Int32Array, start: number, sink: number): void {
  let column = sink;
  for (;;) {
    const owner = before[column]!;
    const given = columnOf[owner]!;
    rowOf[column] = owner;
    columnOf[owner] = column;
    if (owner === start) return;
    column = given;
  }
}
