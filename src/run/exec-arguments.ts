/** Node's own arguments for a thread: it is a file, whatever the program that uses us is (`node --input-type=module -e …`). */
export function execArguments(): string[] {
  return process.execArgv.filter((argument) => !argument.startsWith('--input-type'));
}
