import type { Side } from '../profile/format.js';

/** What examples of each side are called, in the order in which they are shown. */
export const SIDE_TITLES = {
  top: 'top examples',
  bottom: 'bottom examples',
  band: 'a sample of each sign and octave',
  random: 'a sample of all tokens',
} as const satisfies Readonly<Record<Side, string>>;
