import { countOption } from './option-count.js';

/** Parser of an option that takes a number of neurons, or `all` of them: Infinity. */
export function neuronsOption(flag: string): (text: string) => number {
  const count = countOption(flag, { least: 0 });
  return (text) => (text.trim().toLowerCase() === 'all' ? Infinity : count(text));
}
