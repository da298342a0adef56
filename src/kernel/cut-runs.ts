/** Some of a batch's runs, and the rows in them. */
export interface RunsPart {
  runs: Int32Array;
  rows: number;
}

/** Cuts runs (window, first position, one past the last) into parts of at most `most` rows, in their order. */
export function cutRuns(runs: Int32Array, most: number): RunsPart[] {
  const parts: RunsPart[] = [];
  let part: number[] = [];
  let rows = 0;
  const close = () => {
    if (rows > 0) parts.push({ runs: Int32Array.from(part), rows });
    part = [];
    rows = 0;
  };
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r + 2]!;
    for (let position = runs[r + 1]!; position < end;) {
      const stop = Math.min(end, position + most - rows);
      part.push(runs[r]!, position, stop);
      rows += stop - position;
      position = stop;
      if (rows === most) close();
    }
  }
  close();
  return parts;
}
