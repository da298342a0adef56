/** The one place that decides about colour. */

export interface Surroundings {
  /** False with --no-color. */
  flag: boolean;
  /** Whether what is written to is a terminal. */
  isTerminal: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

/** Colour is off for any non-empty NO_COLOR (https://no-color.org), with --no-color, in a pipe, and on a dumb terminal. */
export function wantsColour({ flag, isTerminal, env }: Surroundings): boolean {
  const forbidden = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return flag && isTerminal && !forbidden && env['TERM'] !== 'dumb';
}
