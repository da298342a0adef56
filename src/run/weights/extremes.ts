/** Tokens and what happens to their logits, most first. */
export interface Effects {
  ids: Int32Array;
  by: Float32Array;
}

/**
 * The `top` largest and smallest of a row of logits; of equals the smaller id first.
 * NaN is neither.
 */
export function extremeLogits(logits: Float32Array, top: number): { raises: Effects; lowers: Effects } {
  const most = Math.min(top, logits.length);
  return { raises: best(logits, most, 1), lowers: best(logits, most, -1) };
}

function best(logits: Float32Array, most: number, sign: 1 | -1): Effects {
  const ids = new Int32Array(most);
  const values = new Float64Array(most);
  let size = 0;
  let bar = -Infinity;
  for (let id = 0; id < logits.length; id++) {
    const value = sign * logits[id]!;
    if (!(value > bar)) continue;
    let at = size < most ? size++ : most - 1;
    for (; at > 0 && values[at - 1]! < value; at--) {
      values[at] = values[at - 1]!;
      ids[at] = ids[at - 1]!;
    }
    values[at] = value;
    ids[at] = id;
    if (size === most) bar = most === 0 ? Infinity : values[most - 1]!;
  }
  return {
    ids: ids.subarray(0, size),
    by: Float32Array.from(values.subarray(0, size), (value) => sign * value),
  };
}
