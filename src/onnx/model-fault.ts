/** A whole file that no runtime could run: the message says why, in the user's words. */
export class ModelFault extends Error {
  override readonly name = 'ModelFault';
}

/** A name as a message shows it: one line, and not all of one that is long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
