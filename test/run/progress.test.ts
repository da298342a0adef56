import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { shareDone } from '../../src/cli/progress-text.js';
import type { profile as Profile } from '../../src/run/profile.js';
import type { Progress } from '../../src/run/types.js';
import { temporaryDirectory } from '../support/cli.js';

/** As built: workers run from dist. */
const BUILT = new URL('../../dist/run/profile.js', import.meta.url).href;
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const folder = temporaryDirectory();

describe('what is told while a run goes on', () => {
  test('moves within a block, batch by batch, and comes to all records', async () => {
    const told: Progress[] = [];
    const { profile } = (await import(BUILT)) as { profile: typeof Profile };
    await profile(
      {
        model: path.join(FIXTURES, 'llama-shakespeare'),
        corpus: [path.join(FIXTURES, 'speeches.jsonl')],
        output: path.join(folder, 'one-block.profile'),
        blockSize: 2 ** 20,
        limit: 300,
        workers: 1,
      },
      { onProgress: (progress) => told.push(progress) },
    );
    const running = told.filter(({ phase }) => phase === 'running');
    const shares = running.map((progress) => shareDone(progress)!);
    expect(shares[0]).toBe(0);
    expect(shares.some((share) => share > 0.05 && share < 0.95)).toBe(true);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    const last = told.at(-1)!;
    expect(last.phase).toBe('writing');
    expect(shareDone(last)).toBe(1);
  });
});
