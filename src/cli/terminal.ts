import { COLOURED, PLAIN, type Paint } from '../report/paint.js';
import { wantsColour } from './colour.js';

/** Columns of text where there is no terminal to ask. */
const PIPE_WIDTH = 100;
/** Longer lines are hard to read, shorter ones hold no table. */
const WIDEST = 160;
const NARROWEST = 60;

/** How text for stdout is to look. */
export interface Look {
  paint: Paint;
  /** Columns. */
  width: number;
}

/** @param colourFlag false with --no-color */
export function lookOfStdout(colourFlag: boolean): Look {
  const { isTTY, columns } = process.stdout;
  const coloured = wantsColour({ flag: colourFlag, isTerminal: isTTY, env: process.env });
  // A pseudo-terminal whose size nobody set says 0.
  const width = isTTY && columns > 0 ? Math.min(WIDEST, Math.max(NARROWEST, columns)) : PIPE_WIDTH;
  return { paint: coloured ? COLOURED : PLAIN, width };
}
