/** One step of a pattern between slashes. */
export type Segment =
  /** A name as it stands. */
  | { kind: 'name'; name: string }
  /** `**`: any number of directories, none included; not hidden ones. */
  | { kind: 'depth' }
  /** Names that match; hidden ones only where the pattern itself begins with a dot. */
  | { kind: 'match'; regex: RegExp };

/** What makes a pattern of a name. */
const WILD = /[*?[{]/;

/** Any name that is not hidden. */
const ANY: Segment = { kind: 'match', regex: /^[^.]/su };

export function isGlob(text: string): boolean {
  return WILD.test(text);
}

/**
 * Reads a pattern as bash does with `globstar`: `*`, `?`, `[a-z]`, `[!a]`, `**`,
 * `{a,b}`, and `\` before a character that stands for itself. One list of
 * segments for each choice of braces; a leading slash gives an empty first name.
 */
export function parseGlob(pattern: string): Segment[][] {
  return expandBraces(pattern).map((choice) => {
    const segments = choice.split('/').map(parseSegment);
    return segments.at(-1)!.kind === 'depth' ? [...segments, ANY] : segments;
  });
}

/** `a{b,c}d` → `abd`, `acd`; braces without a comma stand for themselves. */
export function expandBraces(pattern: string): string[] {
  for (let open = 0; open < pattern.length; open++) {
    if (pattern[open] === '\\') open++;
    else if (pattern[open] === '{') {
      const inside = splitBraces(pattern, open);
      if (inside === null) continue;
      const rest = expandBraces(pattern.slice(inside.end));
      const before = pattern.slice(0, open);
      return inside.choices
        .flatMap(expandBraces)
        .flatMap((choice) => rest.map((after) => before + choice + after));
    }
  }
  return [pattern];
}

/** The choices between the brace at `open` and its partner, and where the text goes on; null if it has no comma or partner. */
function splitBraces(pattern: string, open: number): { choices: string[]; end: number } | null {
  const choices: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let i = from; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === '\\') i++;
    else if (character === '{') depth++;
    else if (character === ',' && depth === 0) {
      choices.push(pattern.slice(from, i));
      from = i + 1;
    } else if (character === '}' && depth-- === 0) {
      return choices.length === 0 ? null : { choices: [...choices, pattern.slice(from, i)], end: i + 1 };
    }
  }
  return null;
}

function parseSegment(text: string): Segment {
  if (text === '**') return { kind: 'depth' };
  let source = '';
  let wild = false;
  for (let i = 0; i < text.length;) {
    const set = text[i] === '[' ? /^\[[!^]?\]?[^\]]*\]/u.exec(text.slice(i))?.[0] : undefined;
    const character = set ?? String.fromCodePoint(text.codePointAt(i)!);
    i += character.length;
    if (set !== undefined) source += classOf(set);
    else if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '\\' && i < text.length) source += escapeRegex(text[i++]!);
    else {
      source += escapeRegex(character);
      continue;
    }
    wild ||= character !== '\\';
  }
  if (!wild) return { kind: 'name', name: text.replace(/\\(.)/gsu, '$1') };
  const hidden = text.startsWith('.') || text.startsWith('\\.');
  return { kind: 'match', regex: compile(`^${hidden ? '' : '(?!\\.)'}${source}$`) };
}

/** `[!a-c]` as a class of a regular expression with the flag `u`. */
function classOf(set: string): string {
  const negated = set[1] === '!' || set[1] === '^';
  const members = set.slice(negated ? 2 : 1, -1);
  return `[${negated ? '^' : ''}${members.replace(/[[\]\\^]/gu, '\\$&')}]`;
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}

/** A range that runs backwards matches nothing, as in a shell. */
function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'su');
  } catch {
    return /(?!)/;
  }
}
