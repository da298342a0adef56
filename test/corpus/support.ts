import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UserError, type ExitCode, type Trouble } from '../../src/core/errors.js';
import { readBlocks, type ReadOptions } from '../../src/corpus/read-blocks.js';
import type { Block, CorpusFile, FileFacts } from '../../src/corpus/types.js';

/** A directory that is gone when the tests are. */
export function scratch(): { at: (name: string) => string; remove: () => void } {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-corpus-'));
  return {
    at: (name) => path.join(directory, name),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Writes a file, and its directories, and describes it as the corpus would. */
export function fileOf(
  location: string,
  bytes: Uint8Array | string,
  kind: CorpusFile['kind'] = 'plain',
): CorpusFile {
  mkdirSync(path.dirname(location), { recursive: true });
  const content = Buffer.from(bytes);
  writeFileSync(location, content);
  return { path: location, kind, size: kind === 'stdin' ? null : content.length };
}

export const DEFAULTS: ReadOptions = { blockSize: 64, maxLineBytes: 1 << 20, limit: null };

/** All that is read of a corpus. */
export async function readAll(
  files: CorpusFile[],
  options: Partial<ReadOptions> = {},
): Promise<{ blocks: Block[]; digests: string[]; facts: FileFacts[] }> {
  const blocks: Block[] = [];
  const digests: string[] = [];
  const source = readBlocks(files, { ...DEFAULTS, ...options });
  for (;;) {
    const next = await source.next();
    if (next.done === true) return { blocks, digests, facts: next.value.filter((read) => read !== null) };
    const { digest, ...block } = next.value;
    blocks.push(block);
    digests.push(digest);
  }
}

/** What a call says when it fails; anything but a UserError is a fault of the test. */
export async function troubleOf(call: () => unknown): Promise<Trouble & { exit: ExitCode }> {
  try {
    await call();
  } catch (error) {
    if (error instanceof UserError) return error.trouble;
    throw error;
  }
  throw new Error('it did not fail');
}
