import { Exit } from '../core/errors.js';

/**
 * Writes data to stdout, and waits until it is out: a pipe takes less at a time than a file.
 */
export async function print(text: string): Promise<void> {
  await printBytes(text.endsWith('\n') ? text : `${text}\n`);
}

/** The same, of what is no text. */
export async function printBytes(data: Uint8Array | string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(data, (error) => {
      // A reader that has seen enough is no trouble; see endQuietlyWithoutReader.
      if (error && !isClosedPipe(error)) reject(error);
      else resolve();
    });
  });
}

/** One JSON value, on lines of its own. */
export async function printJson(value: unknown): Promise<void> {
  await print(JSON.stringify(value, null, 2));
}

/** Ends the process in silence when who reads our output has gone (`| head`). */
export function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error: Error) => {
    if (!isClosedPipe(error)) throw error;
    process.exit(process.exitCode ?? Exit.DONE);
  });
  process.stderr.on('error', (error: Error) => {
    if (!isClosedPipe(error)) throw error;
  });
}

function isClosedPipe(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE';
}
