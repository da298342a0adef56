/**
 * A text made of another one, and for each of its UTF-16 units the code points
 * of the original that it stands for. Units with the same `start` are parts of
 * one thing and cannot be told apart there.
 */
export interface TracedText {
  text: string;
  /** First code point of the original; inclusive. Never descends. */
  start: Int32Array;
  /** One past the last; equal to `start` for what was added to the original. */
  end: Int32Array;
}

/** A text as it stands. */
export function traceText(text: string): TracedText {
  const start = new Int32Array(text.length);
  let point = -1;
  for (let i = 0; i < text.length; i++) {
    if (i === 0 || !isLowSurrogate(text.charCodeAt(i)) || !isHighSurrogate(text.charCodeAt(i - 1))) point++;
    start[i] = point;
  }
  return { text, start, end: start.map((first) => first + 1) };
}

/** Units [from, to) of a traced text. */
export function sliceTraced({ text, start, end }: TracedText, from: number, to: number): TracedText {
  return { text: text.slice(from, to), start: start.subarray(from, to), end: end.subarray(from, to) };
}

/** A traced text with something before it that the original has not. */
export function prependTraced(prefix: string, { text, start, end }: TracedText): TracedText {
  const at = start[0] ?? 0;
  return {
    text: prefix + text,
    start: Int32Array.from(
      { length: prefix.length + start.length },
      (_, i) => start[i - prefix.length] ?? at,
    ),
    end: Int32Array.from({ length: prefix.length + end.length }, (_, i) => end[i - prefix.length] ?? at),
  };
}

/** Replaces each code point of a traced text by what `replace` makes of it. */
export function replaceCharacters(traced: TracedText, replace: (character: string) => string): TracedText {
  const writer = new TraceWriter();
  let unit = 0;
  for (const character of traced.text) {
    const last = unit + character.length - 1;
    writer.push(replace(character), traced.start[unit]!, traced.end[last]!);
    unit = last + 1;
  }
  return writer.finish();
}

/** Puts a traced text together from pieces in ascending order. */
export class TraceWriter {
  private readonly pieces: string[] = [];
  private readonly start: number[] = [];
  private readonly end: number[] = [];

  /** Adds a piece that stands for code points [start, end) of the original. */
  push(piece: string, start: number, end: number): void {
    this.pieces.push(piece);
    for (let i = 0; i < piece.length; i++) {
      this.start.push(start);
      this.end.push(end);
    }
  }

  finish(): TracedText {
    return {
      text: this.pieces.join(''),
      start: Int32Array.from(this.start),
      end: Int32Array.from(this.end),
    };
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
