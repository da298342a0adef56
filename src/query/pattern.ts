/** What is looked for in texts. */
export interface Pattern {
  text: string;
  /** Whether the text is a regular expression (of JavaScript, with flag u); default: no. */
  regex?: boolean;
  /** `smart` (default): any case, unless the text has a capital letter. */
  letters?: 'smart' | 'any' | 'exact';
}

/** A pattern as a regular expression. The text of one must be sound. */
export function patternOf({ text, regex = false, letters = 'smart' }: Pattern): RegExp {
  // Of a regular expression, what stands behind a backslash is no letter: \S, \p{Lu}.
  const letter = regex ? text.replace(/\\(?:[pP]\{[^}]*\}|.)/gsu, '') : text;
  const anyCase = letters === 'any' || (letters === 'smart' && !/\p{Lu}/u.test(letter));
  return new RegExp(regex ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), anyCase ? 'iu' : 'u');
}
