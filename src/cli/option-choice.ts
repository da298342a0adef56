import { usageError } from '../core/usage-error.js';

/** Parser of an option that takes one of a few words, in any case. */
export function choiceOption<Word extends string>(
  flag: string,
  words: readonly Word[],
): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text.trim().toLowerCase());
    if (word === undefined) {
      throw usageError(flag, `"${text}" is not something ${flag} takes`, `give one of: ${words.join(', ')}`);
    }
    return word;
  };
}
