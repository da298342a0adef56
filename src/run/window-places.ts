import { createHash } from 'node:crypto';
import type { WindowPlace } from '../accumulate/types.js';
import type { Document, Window } from '../tokens/types.js';

/** What the accumulators see of a window. */
export function placeOf(
  { document, window, ids, tokenIndex, before, source }: Window,
  known: Pick<WindowPlace, 'textKey' | 'labelled' | 'spans'>,
): WindowPlace {
  const { file, record, line, startByte, id } = document.source;
  const isOfText = source === undefined; // what a decoder is fed is no part of the text
  return {
    file,
    record,
    window,
    line,
    startByte,
    id,
    ...known,
    ids,
    tokenIndex,
    before,
    span(position) {
      const token = tokenIndex[position]!;
      const spans = token === -1 || !isOfText ? null : document.spans();
      return spans === null ? null : [spans.start[token]!, spans.end[token]!];
    },
  };
}

/** What `--distinct text` tells texts by: SHA-256 of the text, or of the ids where a record brings those. */
export function textKeyOf({ source: { content } }: Document): string {
  const hash = createHash('sha256');
  if (content.kind === 'text') hash.update(content.text);
  else hash.update(`ids ${content.ids.join(' ')}`);
  return hash.digest('hex');
}

/** Runs of counted positions of a batch's windows: window, first, one past the last. */
export function countedRuns(windows: readonly Window[]): Int32Array {
  const runs: number[] = [];
  windows.forEach(({ counted }, w) => {
    let start = -1;
    for (let position = 0; position <= counted.length; position++) {
      const counts = position < counted.length && counted[position] === 1;
      if (counts && start === -1) start = position;
      if (counts || start === -1) continue;
      runs.push(w, start, position);
      start = -1;
    }
  });
  return Int32Array.from(runs);
}
