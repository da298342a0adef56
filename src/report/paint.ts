/** How text is set off. Whether in colour is decided by whoever prints (src/cli/colour.ts). */
export interface Paint {
  heading: (text: string) => string;
  /** The token that fires: in colour, or between ⟨ and ⟩. */
  firing: (text: string) => string;
  faint: (text: string) => string;
  warning: (text: string) => string;
}

const code = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;
const asItIs = (text: string) => text;

export const PLAIN: Paint = {
  heading: asItIs,
  firing: (text) => `⟨${text}⟩`,
  faint: asItIs,
  warning: asItIs,
};

export const COLOURED: Paint = {
  heading: code(1, 22),
  // Reverse video: seen on dark and light grounds, and by those who see no red.
  firing: (text) => `\x1b[1;7;33m${text}\x1b[0m`,
  faint: code(2, 22),
  warning: code(33, 39),
};
