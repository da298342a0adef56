import { formatNeuron } from '../core/neuron-name.js';
import { markedContext } from '../report/marked-context.js';
import { figure } from '../report/numbers.js';
import type { Paint } from '../report/paint.js';
import { padEnd, padStart, textWidth } from '../report/text-width.js';
import type { TokenScheme } from '../report/token-text.js';
import type { Hit } from './grep-examples.js';

export interface HitLook {
  paint: Paint;
  /** Columns of text. */
  width: number;
  scheme: TokenScheme;
  /** Columns that the longest name of a neuron takes. */
  nameWidth: number;
}

/** Columns of an activation: `−1.23e-10`. */
const VALUE_WIDTH = 9;

/** A hit in a line: neuron, side and rank, activation, the context with the firing token marked. */
export function hitLine(
  { example, pieces, match }: Hit,
  { paint, width, scheme, nameWidth }: HitLook,
): string {
  const rank = `${example.side} ${example.rank}`;
  const head = `${padEnd(formatNeuron(example), nameWidth)}  ${padEnd(rank, 9)}  ${padStart(figure(example.value), VALUE_WIDTH)}  `;
  const context = {
    tokens: example.context_tokens,
    ids: example.context_ids,
    firing: example.position - example.context_start,
    keep: placesOf(pieces, match),
  };
  return paint.faint(head) + markedContext(context, scheme, paint, width - textWidth(head));
}

/** A hit as plain data: the example's place, its text, and where in it the firing token and the match are, in code points. */
export function hitJson({ example, pieces, match }: Hit): Record<string, unknown> {
  const text = pieces.join('');
  const points = (units: number) => [...text.slice(0, units)].length;
  const firing = example.position - example.context_start;
  const before = pieces.slice(0, firing).join('').length;
  const { group, layer, neuron, side, rank, value, document, id, file, line, window, position } = example;
  return {
    name: formatNeuron(example),
    ...{ group, layer, neuron, side, rank, value, document, id, file, line, window, position },
    text,
    firing_start: points(before),
    firing_end: points(before + pieces[firing]!.length),
    match_start: points(match.start),
    match_end: points(match.end),
  };
}

/** The places of the first and the last token that a match touches. */
function placesOf(pieces: readonly string[], { start, end }: Hit['match']): [number, number] {
  let at = 0;
  let first = -1;
  let last = 0;
  pieces.forEach((piece, i) => {
    const next = at + piece.length;
    if (first < 0 && next > start) first = i;
    if (at < end) last = i;
    at = next;
  });
  return [Math.max(first, 0), Math.max(first, last)];
}
