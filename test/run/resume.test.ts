import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { begun, checkpointed, readJournal, start } from '../crash/lives.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture, SOME_NEURONS, speeches } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';

interface RunJson {
  lives: number;
  blocks_by_life: number[];
}

describe('a run that was killed', () => {
  const folder = temporaryDirectory();
  const corpus = path.join(folder, 'corpus.jsonl');
  const reference = path.join(folder, 'reference');
  const at = (name: string) => path.join(folder, name);
  const settings = [
    '-k',
    '4',
    '--around',
    '3',
    '--quiet',
    '--block-size',
    '8KiB',
    '--checkpoint-every',
    '0.2',
    '--label-field',
    'part',
    '--permutations',
    '120',
    '--explain',
    'position,token,previous',
    '--examples',
    'match=40',
    '--neurons',
    SOME_NEURONS,
  ];
  const args = (output: string, ...more: string[]) => [
    ...['profile', fixture('llama-shakespeare'), corpus, '-o', at(output), '--no-html'],
    ...settings,
    ...more,
  ];

  beforeAll(async () => {
    const all = speeches();
    const lines = Array.from({ length: 600 }, (_, i) => {
      const [a, b] = [all[i % all.length]!, all[(7 * i + 3) % all.length]!];
      return `${JSON.stringify({ text: `${a.text}\n${b.text} ${i}`, part: i % 3 })}\n`;
    });
    writeFileSync(corpus, lines.join(''));
    succeed(args('reference'));
    await kill('killed');
  }, 120_000);

  /** Runs until there are some checkpoints, and kills it. */
  async function kill(output: string, ...more: string[]): Promise<number> {
    const { child, ended } = start(args(output, '--workers', '2', ...more), {
      journal: at(`${output}.journal`),
    });
    while ((await checkpointed(at(output)).catch(() => ({ files: 0 }))).files < 2)
      await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    expect(existsSync(at(output))).toBe(false);
    return (await checkpointed(at(output))).covered.count();
  }

  test('is refused without --resume, and says both ways out', () => {
    const { code, stderr } = neuroprobe(args('killed'));
    expect(code).toBe(73);
    expect(stderr).toContain('a run that did not end has left a checkpoint');
    expect(stderr).toContain('go on from it with --resume, or start over with --force');
  });

  test.each([
    ['top', ['-k', '5'], 'its top was 4, and now it is 5'],
    ['batches', ['--batch-tokens', '512'], 'its batch_tokens was 1024, and now it is 512'],
    ['threshold', ['--active-above', '1'], 'its active_above was 0, and now it is 1'],
    ['limit', ['--limit', '100'], 'its limit was null, and now it is 100'],
  ])('is not gone on from with another %s', (_, other, says) => {
    const { code, stderr } = neuroprobe(args('killed', '--resume', ...other));
    expect(code).toBe(78);
    expect(stderr).toContain(says);
    expect(existsSync(`${at('killed')}.partial`)).toBe(true);
  });

  test('is not gone on from over a corpus that has changed, but is over one that has grown', async () => {
    const before = readFileSync(corpus);
    const output = 'changed';
    await kill(output);
    try {
      const changed = Buffer.from(before);
      changed[30] = 'q'.charCodeAt(0);
      writeFileSync(corpus, changed);
      const other = neuroprobe(args(output, '--resume'));
      expect(other.code).toBe(78);
      expect(other.stderr).toContain('the corpus has changed');
      writeFileSync(corpus, before.subarray(0, -5000));
      const shorter = neuroprobe(args(output, '--resume'));
      expect(shorter.code).toBe(78);
      expect(shorter.stderr).toContain(`its size of ${corpus} in bytes was ${before.length}`);
      writeFileSync(corpus, Buffer.concat([Buffer.from('{"text": "put before"}\n'), before]));
      const longer = neuroprobe(args(output, '--resume'));
      expect(longer.code).toBe(78);
      expect(longer.stderr).toContain(
        `the ${before.length} bytes that this file had end in the middle of a line`,
      );
      writeFileSync(corpus, before);
      appendFileSync(corpus, '{"text": "and then some more"}\n');
      const aloud = args(output, '--resume').filter((word) => word !== '--quiet');
      const { stderr } = succeed(aloud);
      expect(stderr).toContain(`${corpus} has grown: ${before.length} of its `);
      const again = neuroprobe(args(output, '--resume'));
      expect(again.code).toBe(73);
      expect(again.stderr).toContain(`its size of ${corpus} in bytes was ${before.length}, not `);
    } finally {
      writeFileSync(corpus, before);
    }
    expectSameFiles(at(output), reference);
  });

  test.each(['1', '2', '5'])('ends with the bytes of one that was not, with %s workers', async (workers) => {
    const output = `resumed-${workers}`;
    const saved = await kill(output);
    writeFileSync(`${at(output)}.partial/1-9.state.tmp-1-0a`, 'half a checkpoint');
    const journal = at(`${output}.second`);
    succeed(args(output, '--resume', '--workers', workers), { env: { NEUROPROBE_JOURNAL: journal } });
    expectSameFiles(at(output), reference);
    const run = JSON.parse(readFileSync(path.join(at(output), 'run.json'), 'utf8')) as RunJson;
    expect(run.lives).toBe(2);
    expect(run.blocks_by_life[0]).toBe(saved);
    expect(begun(readJournal(journal))).toHaveLength(run.blocks_by_life[1]!);
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith(`${output}.`))
        .sort(),
    ).toEqual([`${output}.journal`, `${output}.second`].sort());
  });

  test('has left checkpoints that are no shards', () => {
    const [state] = readdirSync(`${at('killed')}.partial`).filter((name) => name.endsWith('.state'));
    const { code, stderr } = neuroprobe([
      'merge',
      path.join(`${at('killed')}.partial`, state!),
      '-o',
      at('no'),
      '--partial',
    ]);
    expect(code).toBe(65);
    expect(stderr).toContain('this is the checkpoint of a run that did not end');
  });

  test.each(['', '{"a": 1}'])('is gone on from though its list of lives is %j', async (text) => {
    const output = 'strange-list';
    await kill(output);
    writeFileSync(path.join(`${at(output)}.partial`, 'lives.json'), text);
    succeed(args(output, '--resume'));
    expectSameFiles(at(output), reference);
    rmSync(at(output), { recursive: true });
  });

  test('is gone on from where its folder is a link, which stays', async () => {
    const output = 'linked';
    await kill(output);
    renameSync(`${at(output)}.partial`, at('elsewhere'));
    symlinkSync(at('elsewhere'), `${at(output)}.partial`);
    succeed(args(output, '--resume'));
    expectSameFiles(at(output), reference);
    expect(readdirSync(at('elsewhere'))).toEqual([]);
    rmSync(`${at(output)}.partial`);
  });

  test('gives way to the same profile, finished by another meanwhile', async () => {
    const output = 'overtaken';
    const { ended } = start(args(output, '--workers', '2'));
    while ((await checkpointed(at(output)).catch(() => ({ files: 0 }))).files < 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    cpSync(reference, at(output), { recursive: true });
    expect((await ended).code).toBe(0);
    expectSameFiles(at(output), reference);
    expect(existsSync(`${at(output)}.partial`)).toBe(false);
  });

  test('is gone on from though it lost its list of lives, and nothing else in its folder is touched', async () => {
    const output = 'lost-list';
    await kill(output);
    rmSync(path.join(`${at(output)}.partial`, 'lives.json'));
    writeFileSync(path.join(`${at(output)}.partial`, 'thesis.txt'), 'precious');
    const strange = neuroprobe(args(output, '--resume'));
    expect(strange.code).toBe(73);
    expect(strange.stderr).toContain('there is something else: thesis.txt');
    rmSync(path.join(`${at(output)}.partial`, 'thesis.txt'));
    succeed(args(output, '--resume'));
    expectSameFiles(at(output), reference);
    rmSync(at(output), { recursive: true });
  });

  test('starts over with --force', () => {
    succeed(args('killed', '--force'));
    expectSameFiles(at('killed'), reference);
    rmSync(at('killed'), { recursive: true });
  });

  test('goes on from nothing where there is no checkpoint', () => {
    succeed(args('fresh', '--resume'));
    expectSameFiles(at('fresh'), reference);
  });
});
