/** The first place where a text is not JSON. */
export interface JsonFault {
  /** In UTF-16 units of the text; its length where it ends too early. */
  index: number;
  /** A clause. */
  reason: string;
}

/** What the grammar of RFC 8259 wants next, in words. */
const WANTED = {
  value: 'a value',
  firstItem: 'a value or ]',
  firstName: 'a name in double quotes or }',
  name: 'a name in double quotes',
  colon: 'a colon',
  nextItem: 'a comma or ]',
  nextMember: 'a comma or }',
  end: 'nothing more',
} as const;

type Wanted = keyof typeof WANTED;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Says where a text stops being JSON and why; null where it is JSON. The words
 * of `JSON.parse` differ from one version of V8 to the next, and often name no place.
 */
export function jsonFault(text: string): JsonFault | null {
  /** What follows the value under way at each depth. */
  const after: Wanted[] = ['end'];
  let wanted: Wanted = 'value';
  for (let at = endOf(SPACE, text, 0); ; at = endOf(SPACE, text, at)) {
    const character = text[at];
    if (wanted === 'end' && character === undefined) return null;
    const string = wantsString(wanted) && character === '"' ? scanString(text, at) : null;
    if (string !== null && typeof string !== 'number') return string;
    const scalar = string ?? (wantsValue(wanted) ? scalarEnd(text, at) : at);

    if (scalar > at) {
      at = scalar;
      wanted = wantsValue(wanted) ? after.at(-1)! : 'colon';
    } else if (wantsValue(wanted) && (character === '{' || character === '[')) {
      at++;
      after.push(character === '{' ? 'nextMember' : 'nextItem');
      wanted = character === '{' ? 'firstName' : 'firstItem';
    } else if (closes(wanted, character)) {
      at++;
      after.pop();
      wanted = after.at(-1)!;
    } else if (wanted === 'colon' && character === ':') {
      at++;
      wanted = 'value';
    } else if ((wanted === 'nextItem' || wanted === 'nextMember') && character === ',') {
      at++;
      wanted = wanted === 'nextItem' ? 'value' : 'name';
    } else return { index: at, reason: `expected ${WANTED[wanted]}, found ${show(text, at)}` };
  }
}

function wantsValue(wanted: Wanted): boolean {
  return wanted === 'value' || wanted === 'firstItem';
}

function wantsString(wanted: Wanted): boolean {
  return wantsValue(wanted) || wanted === 'firstName' || wanted === 'name';
}

function closes(wanted: Wanted, character: string | undefined): boolean {
  if (character === ']') return wanted === 'firstItem' || wanted === 'nextItem';
  return character === '}' && (wanted === 'firstName' || wanted === 'nextMember');
}

/** Where the number or word at `at` ends; `at` where there is none. */
function scalarEnd(text: string, at: number): number {
  return Math.max(endOf(NUMBER, text, at), endOf(WORD, text, at));
}

/** Where the string that opens at `open` ends, exclusive, or what is wrong in it. */
function scanString(text: string, open: number): number | JsonFault {
  for (let at = open + 1; at < text.length;) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at + 1;
    if (unit < 0x20) return { index: at, reason: `${show(text, at)} within a string must be escaped` };
    const next = unit === 0x5c ? endOf(ESCAPE, text, at) : at + 1;
    if (next === at) return { index: at, reason: 'unknown escape in a string' };
    at = next;
  }
  return { index: text.length, reason: 'a string has no closing quote' };
}

/** Where the match of a sticky pattern at `at` ends; `at` where it does not match. */
function endOf(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : at;
}

/** The character at a place as it stands in a sentence. */
function show(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return 'the end of the line';
  const character = String.fromCodePoint(code);
  if (/^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)) return character;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
