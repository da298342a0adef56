import os from 'node:os';
import { describe, expect, test } from 'vitest';
import type { CorpusFile } from '../../src/corpus/types.js';
import { chooseWorkers } from '../../src/run/choose-workers.js';
import { withDefaults } from '../../src/run/defaults.js';

const MIB = 2 ** 20;
const CORES = os.availableParallelism();
const LARGE: CorpusFile[] = [{ path: 'c.jsonl', kind: 'plain', size: 1e9 }];
const TINY: CorpusFile[] = [{ path: 'c.jsonl', kind: 'plain', size: 10 }];
const PIPE: CorpusFile[] = [{ path: '-', kind: 'stdin', size: null } as unknown as CorpusFile];

function choose(corpus: CorpusFile[], worker: number, asked: object = {}) {
  const request = withDefaults({ model: 'm.onnx', corpus: [], memory: 1000 * MIB, ...asked });
  const sizes = {
    common: 0,
    state: 0,
    examples: 0,
    concepts: 0,
    explained: 0,
    match: 0,
    gates: 0,
    dump: 0,
    documents: 0,
    outputs: 0,
    weights: 0,
  };
  const memory = { ...sizes, worker };
  return chooseWorkers(request, corpus, memory);
}

describe('workers', () => {
  test('are one a core where nothing says less', () => {
    expect(choose(LARGE, MIB)).toEqual({ workers: CORES, why: 'one a core', notice: null });
    expect(choose(PIPE, MIB).workers).toBe(CORES);
  });

  test('share the cores with the threads of each', () => {
    const { workers, why } = choose(LARGE, MIB, { threads: 2 });
    expect(workers).toBe(Math.max(1, Math.floor(CORES / 2)));
    expect(why).toBe('one for 2 cores');
  });

  test('are no more than there are blocks', () => {
    expect(choose(TINY, MIB)).toEqual({ workers: 1, why: expect.any(String) as string, notice: null });
  });

  test.skipIf(CORES < 2)('are no more than fit in memory, which is said (skipped on one core)', () => {
    const { workers, notice } = choose(LARGE, 700 * MIB);
    expect(workers).toBe(1);
    expect(notice).toBe(
      `one worker instead of ${CORES}: 700 MiB each, and 1000 MiB of memory may be used (--memory)`,
    );
  });

  test('are what was asked for, with a warning where memory may not do', () => {
    expect(choose(TINY, MIB, { workers: 3 })).toEqual({ workers: 3, why: 'as asked for', notice: null });
    expect(choose(TINY, 600 * MIB, { workers: 3 }).notice).toBe(
      '3 workers may need 1.8 GiB, and 1000 MiB of memory may be used (--memory)',
    );
  });

  test('are refused where not even one fits', () => {
    expect(() => choose(LARGE, 1001 * MIB)).toThrow(/needs 1001 MiB for one worker/);
  });
});
