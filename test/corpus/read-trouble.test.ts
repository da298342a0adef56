import { describe, expect, test } from 'vitest';
import { readTrouble } from '../../src/corpus/read-trouble.js';

describe('a failed read', () => {
  test.each([
    ['ENOENT', 66, 'no such file or directory'],
    ['ENOTDIR', 66, 'no such file or directory'],
    ['EACCES', 74, 'the corpus may not be read: permission denied'],
    ['EIO', 74, 'the corpus cannot be read: the disk reports an error'],
    ['ESTALE', 74, 'the corpus cannot be read: ESTALE'],
  ])('%s ends with %i', (code, exit, what) => {
    const cause = Object.assign(new Error(code), { code });
    expect(readTrouble(cause, 'a.jsonl')).toMatchObject({ cause, trouble: { what, exit, where: 'a.jsonl' } });
  });
});
