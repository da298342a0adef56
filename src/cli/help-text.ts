/** Examples for the end of a command's help: what to type, and what it gives. */
export function examples(lines: readonly (readonly [command: string, says: string])[]): string {
  return `\nExamples:\n${lines.map(([command, says]) => `  $ ${command}\n      ${says}`).join('\n')}\n`;
}
