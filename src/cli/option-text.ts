import { usageError } from '../core/usage-error.js';

/** Parser of an option that takes text: anything but nothing. */
export function textOption(flag: string, what: string): (text: string) => string {
  return (text) => {
    if (text.trim() === '') throw usageError(flag, `${flag} was given nothing`, `give ${what}`);
    return text;
  };
}

/** Parser of an option that may be given several times, each time with several names: joined by commas. */
export function listOption(flag: string, what: string): (text: string, before?: string) => string {
  const parse = textOption(flag, what);
  return (text, before) => (before === undefined ? parse(text) : `${before},${parse(text)}`);
}
