import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkpointed, start } from '../crash/lives.js';
import { rowsOf } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture, SOME_NEURONS, speeches } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';

interface Manifest {
  corpus: { records: number; documents: number; rejects: Record<string, number> };
}

describe('records that cannot be taken, with --on-bad-record skip', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const files = [at('a.jsonl'), at('b.jsonl')];
  const reference = at('reference');
  const settings = [
    '-k',
    '3',
    '--around',
    '2',
    '--quiet',
    '--block-size',
    '4KiB',
    '--max-line-bytes',
    '20000',
    '--neurons',
    SOME_NEURONS,
  ];
  const args = (output: string, ...more: string[]) => [
    ...['profile', fixture('llama-shakespeare'), ...files, '-o', at(output)],
    ...settings,
    ...['--on-bad-record', 'skip'],
    ...more,
  ];
  /** Every bad line with the reason it must be counted under, in the order of the corpus. */
  const bad: { file: string; line: number; bytes: Buffer; reason: string }[] = [];

  beforeAll(() => {
    const kinds: [string, Buffer][] = [
      ['not JSON', Buffer.from('{"text": "of another system\r')],
      ['not JSON', Buffer.from('{"text": "and then')],
      ['not UTF-8', Buffer.concat([Buffer.from('{"text": "'), Buffer.of(0xff), Buffer.from('"}')])],
      ['no text', Buffer.from('{"body": "elsewhere"}')],
      ['not text', Buffer.from('{"text": 7}')],
      ['not an object', Buffer.from('[1, 2]')],
      ['half a surrogate pair', Buffer.from('{"text": "\\ud800"}')],
      ['bad ids', Buffer.from('{"input_ids": [1, 50000]}')],
      ['bad id', Buffer.from('{"text": "x", "id": []}')],
      ['line too long', Buffer.from(`{"text": "${'long '.repeat(5000)}"}`)],
    ];
    const good = speeches().map((speech) => Buffer.from(JSON.stringify(speech)));
    for (const [f, name] of files.entries()) {
      const lines: Buffer[] = [];
      for (let i = 0; i < 160; i++) {
        if (i % 7 === 3) {
          const [reason, bytes] = kinds[(i + f) % kinds.length]!;
          bad.push({ file: name, line: lines.length + 1, bytes, reason });
          lines.push(bytes);
        }
        lines.push(good[(f * 160 + i) % good.length]!);
      }
      writeFileSync(name, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
    }
    expect(neuroprobe(args('reference', '--workers', '1')).code).toBe(3);
  });

  test('are counted by reason, and set aside as they were, in the order of the corpus', () => {
    const counts: Record<string, number> = {};
    for (const { reason } of bad) counts[reason] = (counts[reason] ?? 0) + 1;
    expect(Object.keys(counts)).toHaveLength(9);
    const { corpus } = JSON.parse(readFileSync(path.join(reference, 'manifest.json'), 'utf8')) as Manifest;
    expect(corpus.rejects).toEqual(counts);
    expect(corpus.records).toBe(320 + bad.length);
    expect(corpus.documents).toBe(320);
    const kept = bad.map(({ bytes }) => bytes.subarray(0, bytes.length > 20000 ? 4096 : undefined));
    const lines = Buffer.concat(kept.flatMap((bytes, i) => (i === 0 ? [bytes] : [Buffer.from('\n'), bytes])));
    expect(readFileSync(path.join(reference, 'rejects.jsonl')).equals(lines)).toBe(true);
    const rows = rowsOf(reference, 'rejects.arrow').map(({ file, line, byte_offset, bytes, reason }) => {
      const first = readFileSync(file as string).subarray(
        Number(byte_offset),
        Number(byte_offset) + Number(bytes),
      );
      return { file, line, bytes: first, reason };
    });
    expect(rows).toEqual(bad);
    expect(readFileSync(path.join(reference, 'report.txt'), 'utf8')).toMatch(
      /rejected +\d+ records: \d+ bad id, /,
    );
  });

  test('change nothing of the others: those have the documents’ numbers and values that they have among them', () => {
    const clean = at('clean');
    const cleanFiles = files.map((name) => {
      const lines = readFileSync(name).toString('latin1').split('\n');
      const ours = new Set(bad.filter(({ file }) => file === name).map(({ line }) => line));
      writeFileSync(
        `${name}.clean`,
        Buffer.from(lines.filter((_, i) => !ours.has(i + 1)).join('\n'), 'latin1'),
      );
      return `${name}.clean`;
    });
    succeed(['stats', fixture('llama-shakespeare'), ...cleanFiles, '-o', clean, ...settings]);
    const figures = (of: string) =>
      rowsOf(of, 'neurons.arrow').map(({ max, q99, count, zero_count }) => [max, q99, count, zero_count]);
    expect(figures(reference)).toEqual(figures(clean));
  });

  test('are the same over workers, shards and merges; a shard ends with 0, the merge with 3', () => {
    expect(neuroprobe(args('two', '--workers', '2')).code).toBe(3);
    expectSameFiles(at('two'), reference);
    for (const i of [0, 1, 2]) expect(neuroprobe(args('shards', '--shard', `${i}/3`)).code).toBe(0);
    expect(readdirSync(path.join(at('shards'), 'shard-1-of-3'))).toContain('rejects.bin');
    expect(neuroprobe(['merge', at('shards'), '-o', at('merged'), '--quiet']).code).toBe(3);
    expectSameFiles(at('merged'), reference);
    succeed(['check', at('merged')]);
    // There already: nothing is done, and the code is the same.
    expect(neuroprobe(args('two', '--workers', '2')).code).toBe(3);
  });

  test('are not taken for those of another shard', () => {
    const shards = at('mixed');
    for (const i of [0, 1])
      expect(neuroprobe(args('mixed', '--shard-by', 'file', '--shard', `${i}/2`)).code).toBe(0);
    const [one, other] = [0, 1].map((i) => path.join(shards, `shard-${i}-of-2`, 'rejects.bin'));
    writeFileSync(other!, readFileSync(one!));
    const { code, stderr } = neuroprobe(['merge', shards, '-o', at('wrong'), '--quiet']);
    expect(code).toBe(65);
    expect(stderr).toContain('these rejected lines are not those that the state beside them counts');
    expect(stderr).toContain(`in ${other}`);
  });

  test('are told of at the end', () => {
    expect(neuroprobe(args('told', '--workers', '1')).stdout).toContain(`Rejected ${bad.length} records: `);
    expect(neuroprobe(args('told-shard', '--shard', '0/1')).stdout).toContain(
      `Rejected ${bad.length} records: `,
    );
  });

  test('are kept over a kill', async () => {
    const slow = args('killed', '--workers', '2', '--checkpoint-every', '0.05', '--batch-tokens', '300');
    const { child, ended } = start(slow);
    while ((await checkpointed(at('killed')).catch(() => ({ files: 0 }))).files < 2)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    expect(readdirSync(`${at('killed')}.partial`).some((name) => name.endsWith('.rejects'))).toBe(true);
    expect(neuroprobe([...slow, '--resume']).code).toBe(3);
    expect(neuroprobe(args('unkilled', '--batch-tokens', '300')).code).toBe(3);
    expectSameFiles(at('killed'), at('unkilled'));
  });

  test('fail a run without it, at the first of them', () => {
    const { code, stderr } = neuroprobe([
      'profile',
      fixture('llama-shakespeare'),
      ...files,
      '-o',
      at('no'),
      '--quiet',
    ]);
    expect(code).toBe(65);
    expect(stderr).toContain(`in ${files[0]}:4:`);
  });
});
