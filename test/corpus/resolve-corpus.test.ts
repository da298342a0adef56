import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveCorpus } from '../../src/corpus/resolve-corpus.js';
import { fileOf, scratch, troubleOf } from './support.js';

let folder: ReturnType<typeof scratch>;
beforeEach(() => (folder = scratch()));
afterEach(() => folder.remove());

const LINE = '{"text":"a"}\n';

/** Makes files that hold a record each. */
function make(...names: string[]): void {
  for (const name of names) fileOf(folder.at(name), /\.gz$/i.test(name) ? gzipSync(LINE) : LINE);
}

/** Paths of a corpus, from the scratch directory on. */
async function pathsOf(...args: string[]): Promise<string[]> {
  return (await resolveCorpus(args.map(folder.at))).map(({ path }) => path.slice(folder.at('').length + 1));
}

describe('a corpus', () => {
  test('is its files in the order given, with kind and size', async () => {
    make('b.jsonl', 'a.txt');
    const gz = fileOf(folder.at('c'), gzipSync(LINE));
    expect(await resolveCorpus([folder.at('b.jsonl'), '-', folder.at('a.txt'), gz.path])).toEqual([
      { path: folder.at('b.jsonl'), kind: 'plain', size: LINE.length },
      { path: '-', kind: 'stdin', size: null },
      { path: folder.at('a.txt'), kind: 'plain', size: LINE.length },
      { path: gz.path, kind: 'gzip', size: gz.size },
    ]);
  });

  test('takes of a directory the JSONL at any depth, sorted by the bytes of the path, not hidden', async () => {
    make('d/b.jsonl', 'd/B.ndjson', 'd/a/z.JSONL.gz', 'd/a.jsonl', 'd/é.jsonl', 'd/z.jsonl');
    make('d/x.json', 'd/readme', 'd/.hidden.jsonl', 'd/.git/a.jsonl', 'd/x.jsonl.bak');
    const sorted = ['d/B.ndjson', 'd/a.jsonl', 'd/a/z.JSONL.gz', 'd/b.jsonl', 'd/z.jsonl', 'd/é.jsonl'];
    expect(await pathsOf('d')).toEqual(sorted);
    expect(await pathsOf('d/')).toEqual(sorted);
  });

  test('takes what a glob matches, of any name', async () => {
    make('p/1/x.txt', 'p/2/x.txt', 'p/2/deep/x.txt', 'p/y.txt', 'p/.h/x.txt');
    expect(await pathsOf('p/*/x.txt')).toEqual(['p/1/x.txt', 'p/2/x.txt']);
    expect(await pathsOf('p/**/x.txt')).toEqual(['p/1/x.txt', 'p/2/deep/x.txt', 'p/2/x.txt']);
    expect(await pathsOf('p/{y,2/x}.txt')).toEqual(['p/2/x.txt', 'p/y.txt']);
    expect(await pathsOf('p/.h/*')).toEqual(['p/.h/x.txt']);
  });

  test('takes a file whose name looks like a pattern for that file', async () => {
    make('a[1].jsonl', 'a1.jsonl');
    expect(await pathsOf('a[1].jsonl')).toEqual(['a[1].jsonl']);
  });

  test('follows links, and enters a directory within itself once', async () => {
    make('d/a.jsonl', 'other/b.jsonl');
    symlinkSync(folder.at('d'), folder.at('d/loop'));
    symlinkSync(folder.at('other'), folder.at('d/link'));
    expect(await pathsOf('d')).toEqual(['d/a.jsonl', 'd/link/b.jsonl']);
  });

  test('takes a named pipe as a stream', async () => {
    execFileSync('mkfifo', [folder.at('pipe')]);
    expect(await resolveCorpus([folder.at('pipe')])).toEqual([
      { path: folder.at('pipe'), kind: 'stdin', size: null },
    ]);
  });

  test('keeps the size that a file had, so that what is appended later is not read', async () => {
    const { path } = fileOf(folder.at('a.jsonl'), LINE);
    const [file] = await resolveCorpus([path]);
    appendFileSync(path, LINE);
    expect(file!.size).toBe(LINE.length);
  });
});

describe('the same file twice', () => {
  test.each(['symbolic link', 'hard link', 'other spelling', 'same name'])(
    'is refused by %s',
    async (how) => {
      make('a.jsonl');
      const [a, b] = [folder.at('a.jsonl'), folder.at('b.jsonl')];
      if (how === 'symbolic link') symlinkSync(a, b);
      if (how === 'hard link') linkSync(a, b);
      const second = { 'other spelling': `${folder.at('.')}/./a.jsonl`, 'same name': a }[how] ?? b;
      const trouble = await troubleOf(() => resolveCorpus([a, second]));
      expect(trouble).toMatchObject({ exit: 2, todo: 'name it once: its records would count twice' });
      expect(trouble.what).toBe(
        second === a ? `${a} is named twice` : `${a} and ${second} are the same file`,
      );
    },
  );

  test('is refused in a directory and beside it', async () => {
    make('d/a.jsonl');
    expect(await troubleOf(() => resolveCorpus([folder.at('d'), folder.at('d/a.jsonl')]))).toMatchObject({
      exit: 2,
    });
  });

  test('is refused for standard input', async () => {
    expect(await troubleOf(() => resolveCorpus(['-', '-']))).toMatchObject({
      what: 'standard input is named twice',
      exit: 2,
    });
  });
});

describe('a corpus that is not there', () => {
  test.each([
    ['a missing file', 'nope.jsonl', 'no such file or directory'],
    ['a file used as a directory', 'a.jsonl/b', 'no such file or directory'],
    ['a glob that matches nothing', 'n*.jsonl', 'no file matches this pattern'],
    ['a glob in a directory that is missing', 'nope/*.jsonl', 'no file matches this pattern'],
    ['a directory without JSONL', 'empty', 'this directory holds no *.jsonl or *.ndjson, plain or .gz'],
    ['a link to nothing', 'dangling', 'no such file or directory'],
    ['a glob that meets a link to nothing', 'd?ngling', 'this link points to nothing'],
  ])('%s: 66', async (_case, name, what) => {
    make('a.jsonl');
    mkdirSync(folder.at('empty'));
    symlinkSync(folder.at('gone'), folder.at('dangling'));
    expect(await troubleOf(() => resolveCorpus([folder.at(name)]))).toMatchObject({ exit: 66, what });
  });

  test.skipIf(process.getuid?.() === 0)('a file that may not be read: 74', async () => {
    make('a.jsonl');
    chmodSync(folder.at('a.jsonl'), 0);
    expect(await troubleOf(() => resolveCorpus([folder.at('a.jsonl')]))).toMatchObject({
      what: 'the corpus may not be read: permission denied',
      exit: 74,
    });
  });
});

describe('a file that is no JSONL', () => {
  test.each([
    ['zstd', '28b52ffd00', 'compressed with zstd', 'zstd -dc'],
    ['bzip2', '425a6839', 'compressed with bzip2', 'bzip2 -dc'],
    ['xz', 'fd377a585a00', 'compressed with xz', 'xz -dc'],
    ['zip', '504b0304', 'a zip archive', 'unzip -p'],
    ['Parquet', '50415231', 'a Parquet file', 'duckdb'],
    ['UTF-16', 'fffe7b00', 'UTF-16 text', 'iconv -f UTF-16'],
  ])('%s is refused with a command that makes it one: 65', async (_name, head, called, command) => {
    const { path } = fileOf(folder.at('x.jsonl'), Buffer.from(head, 'hex'));
    const trouble = await troubleOf(() => resolveCorpus([path]));
    expect(trouble).toMatchObject({ what: `the corpus is ${called}, not JSONL`, where: path, exit: 65 });
    expect(trouble.todo).toContain(command);
  });

  test.each([
    ['not gzip', LINE, 'it does not begin as gzip does'],
    ['empty', '', 'it is empty'],
  ])('named .gz though it is %s: 65', async (_case, content, why) => {
    const { path } = fileOf(folder.at('x.jsonl.gz'), content);
    const what = `this is not a whole gzip file: ${why}`;
    expect(await troubleOf(() => resolveCorpus([path]))).toMatchObject({ what, where: path, exit: 65 });
  });
});

test('the order of a directory is that of LC_ALL=C', async () => {
  const names = ['a-b', 'a.b', 'aB', 'ab', 'Ab', 'a b', 'a_b', 'ü', '🎈', '～'].map(
    (name) => `${name}.jsonl`,
  );
  make(...names.map((name) => `d/${name}`));
  const sorted = spawnSync('sort', {
    input: names.join('\n'),
    env: { ...process.env, LC_ALL: 'C' },
    encoding: 'utf8',
  });
  expect(await pathsOf('d')).toEqual(
    sorted.stdout
      .trimEnd()
      .split('\n')
      .map((name) => `d/${name}`),
  );
});
