import type { Span } from './expression.js';
import { expressionTrouble } from './expression-trouble.js';

/** A word of an expression. `sign` is an operator, a parenthesis or a comma; `end` is an empty one behind the last. */
export type Word = Span &
  (
    | { kind: 'number'; value: number }
    | { kind: 'text'; value: string }
    | { kind: 'name'; value: string }
    | { kind: 'sign'; value: string }
    | { kind: 'end'; value: '' }
  );

/** More words are no expression that somebody wrote, and would nest too deep for the stack. */
const MOST_WORDS = 2000;

const BLANK = /\s+/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(%?)/iy;
const NAME = /[a-z_]\w*(?:\.[a-z_]\w*)?/iy;
const TEXT = /'((?:[^']|'')*)'|"((?:[^"]|"")*)"/y;
const SIGN = /<=|>=|!=|<>|==|[-+*/(),=<>]/y;

/** Other ways to write a sign. */
const SAME: Readonly<Record<string, string>> = { '==': '=', '<>': '!=' };
/** Signs of other languages, and what says it here. */
const INSTEAD: Readonly<Record<string, string>> = {
  '&': 'and',
  '|': 'or',
  '!': 'not',
  '~': 'not',
  '−': '-',
  '×': '*',
  '≤': '<=',
  '≥': '>=',
  '≠': '!=',
};

/**
 * Cuts an expression into words.
 * @throws UserError (exit 2) at what is none
 */
export function scan(text: string): Word[] {
  const words: Word[] = [];
  for (let at = 0; ;) {
    at += matchAt(BLANK, text, at)?.[0].length ?? 0;
    if (at === text.length) return [...words, { kind: 'end', value: '', start: at, end: at }];
    const word = wordAt(text, at);
    words.push(word);
    if (words.length > MOST_WORDS) {
      throw expressionTrouble(
        text,
        word,
        `the expression has more than ${MOST_WORDS} words`,
        'ask for less at a time',
      );
    }
    at = word.end;
  }
}

function wordAt(text: string, start: number): Word {
  const number = matchAt(NUMBER, text, start);
  if (number !== null) return numberWord(text, start, number);
  const name = matchAt(NAME, text, start);
  if (name !== null) return { kind: 'name', value: name[0], start, end: start + name[0].length };
  const quoted = matchAt(TEXT, text, start);
  if (quoted !== null) {
    const value = quoted[1]?.replaceAll("''", "'") ?? quoted[2]!.replaceAll('""', '"');
    return { kind: 'text', value, start, end: start + quoted[0].length };
  }
  const sign = matchAt(SIGN, text, start);
  if (sign !== null)
    return { kind: 'sign', value: SAME[sign[0]] ?? sign[0], start, end: start + sign[0].length };
  throw noWord(text, start);
}

function numberWord(text: string, start: number, match: RegExpExecArray): Word {
  const end = start + match[0].length;
  const behind = matchAt(NAME, text, end);
  const value = Number(match[0].replace('%', '')) / (match[1] === '%' ? 100 : 1);
  if (behind !== null || !Number.isFinite(value)) {
    throw expressionTrouble(
      text,
      { start, end: end + (behind?.[0].length ?? 0) },
      `"${match[0]}${behind?.[0] ?? ''}" is not a number`,
      'write it as 20, 0.5, 1e-3 or 1%',
    );
  }
  return { kind: 'number', value, start, end };
}

function noWord(text: string, start: number): Error {
  const character = String.fromCodePoint(text.codePointAt(start)!);
  if (character === "'" || character === '"') {
    return expressionTrouble(
      text,
      { start, end: text.length },
      'a quotation mark is not closed',
      `close it: ${character}encoder${character}`,
    );
  }
  const instead = INSTEAD[character];
  return expressionTrouble(
    text,
    { start, end: start + character.length },
    `"${character}" means nothing in an expression`,
    instead === undefined ? 'see the examples in neuroprobe find --help' : `write ${instead} instead`,
  );
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
