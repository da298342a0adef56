import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { expectSameFiles } from '../support/profiles.js';
import { fixture, SOME_NEURONS, speeches } from '../support/fixtures.js';

describe('shards, merged, give the bytes of one run', () => {
  const folder = temporaryDirectory();
  const files = ['a.jsonl', 'b.jsonl', 'c.jsonl'].map((name) => path.join(folder, name));
  const reference = path.join(folder, 'reference');
  const settings = [
    ...['-k', '4', '--around', '3', '--context', '96', '--block-size', '4KiB', '--quiet'],
    ...['--neurons', SOME_NEURONS],
  ];

  function profile(output: string, ...options: string[]) {
    return ['profile', fixture('llama-shakespeare'), ...files, '-o', output, ...settings, ...options];
  }

  function shards(name: string, n: number, ...options: string[]): string[] {
    const output = path.join(folder, name);
    for (let i = 0; i < n; i++) succeed(profile(output, '--shard', `${i}/${n}`, ...options));
    return Array.from({ length: n }, (_, i) => path.join(output, `shard-${i}-of-${n}`));
  }

  beforeAll(() => {
    const records = speeches()
      .slice(0, 150)
      .map((speech) => `${JSON.stringify(speech)}\n`);
    writeFileSync(files[0]!, records.slice(0, 60).join(''));
    writeFileSync(files[1]!, records.slice(60, 85).join(''));
    writeFileSync(files[2]!, records.slice(85).join(''));
    succeed(profile(reference, '--workers', '1'));
  });

  test.each([
    [1, '1', 'block'],
    [2, '2', 'block'],
    [3, '1', 'block'],
    [7, '2', 'block'],
    [2, '1', 'file'],
    [3, '2', 'file'],
    [5, '1', 'file'],
  ])('%i shards with %s workers each, shared by %s', (n, workers, by) => {
    const name = `by-${by}-${n}`;
    const parts = shards(name, n, '--workers', workers, '--shard-by', by);
    for (const part of n === 1 ? [] : parts)
      expect(readdirSync(part).sort()).toEqual(['manifest.json', 'run.json', 'state.bin']);
    const merged = path.join(folder, `${name}.profile`);
    succeed(['merge', path.join(folder, name), '-o', merged, '--quiet']);
    expectSameFiles(merged, reference);
    expect(succeed(['check', merged]).stdout).toMatch(/^all 9 files are as they were written/);
    const checked = succeed(['check', path.join(folder, name)])
      .stdout.trimEnd()
      .split('\n');
    expect(checked).toEqual(
      parts.map((part) => `all ${n === 1 ? 9 : 3} files are as they were written: ${part}`),
    );
  });

  test('merged in any tree, the parts too, they give the same bytes', () => {
    const parts = shards('tree', 5);
    const at = (name: string) => path.join(folder, `tree-${name}`);
    const merge = (to: string, ...from: string[]) =>
      succeed(['merge', ...from, '-o', at(to), '--partial', '--quiet']);
    merge('left', parts[3]!, parts[0]!);
    merge('right', parts[4]!, parts[1]!);
    merge('all-but-one', at('right'), at('left'));
    merge('one-way', parts[2]!, at('all-but-one'));
    expectSameFiles(at('one-way'), reference);
    merge('left-again', parts[0]!, parts[3]!);
    expectSameFiles(at('left-again'), at('left'));
  });

  test('a merge without some shards names them and the command that computes them', () => {
    shards('missing', 4);
    const run = (...given: string[]) =>
      neuroprobe([
        'merge',
        ...given.map((i) => path.join(folder, 'missing', `shard-${i}-of-4`)),
        '-o',
        path.join(folder, 'not-there'),
      ]);
    const one = run('0', '1', '3');
    expect(one.code).toBe(65);
    expect(one.stderr).toContain('shard 2 of 4 is missing');
    const command = /compute what is missing: (neuroprobe .* --shard 2\/4 --resume);/.exec(one.stderr)![1]!;
    expect(command).toContain(' --around 3 ');
    const two = run('1', '2');
    expect(two.stderr).toContain('2 of 4 shards are missing: 0, 3');
    expect(two.stderr).toMatch(/for i in 0 3; do neuroprobe .* --shard \$i\/4 --resume; done/);
    expect(readdirSync(folder)).not.toContain('not-there');
    // The command as printed makes what was missing.
    const again = path.join(folder, 'again');
    succeed([...command.split(' ').slice(1), '-o', again]);
    expectSameFiles(path.join(again, 'shard-2-of-4'), path.join(folder, 'missing', 'shard-2-of-4'));
  });

  test('a shard that is there already ends at once, and another’s settings are refused', () => {
    const output = path.join(folder, 'twice');
    const options = (...more: string[]) => profile(output, '--shard', '1/3', ...more);
    succeed(options());
    const state = readFileSync(path.join(output, 'shard-1-of-3', 'state.bin'));
    expect(succeed(options()).stdout).toContain('The same part was there already.');
    const other = neuroprobe(options('-k', '5'));
    expect(other.code).toBe(73);
    expect(other.stderr).toContain('its top was 4, not 5');
    expect(readFileSync(path.join(output, 'shard-1-of-3', 'state.bin')).equals(state)).toBe(true);
  });

  test('the number of an array’s task chooses the shard', () => {
    const output = path.join(folder, 'auto');
    const auto = profile(output, '--shard', 'auto', '--shards', '3');
    succeed(auto, { env: { SLURM_ARRAY_TASK_ID: '4' } });
    succeed(auto, { env: { JOB_COMPLETION_INDEX: '2' } });
    expect(readdirSync(output).sort()).toEqual(['shard-1-of-3', 'shard-2-of-3']);
    const none = neuroprobe(auto, {
      env: { SLURM_ARRAY_TASK_ID: undefined, JOB_COMPLETION_INDEX: undefined },
    });
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set');
  });

  test('states of one corpus only, and each block once', () => {
    const [a, b] = shards('alike', 2) as [string, string];
    const merge = (...from: string[]) => neuroprobe(['merge', ...from, '-o', path.join(folder, 'no')]);
    const twice = merge(a, a);
    expect(twice.code).toBe(65);
    expect(twice.stderr).toContain('two states hold the same block');
    const other = path.join(folder, 'alike-not');
    succeed(profile(other, '--shard', '1/2', '--active-above', '0.5'));
    const unlike = merge(a, path.join(other, 'shard-1-of-2'));
    expect(unlike.code).toBe(78);
    expect(unlike.stderr).toContain('the active_above is 0 in the one, and 0.5 in the other');
    const damaged = path.join(folder, 'damaged');
    mkdirSync(damaged);
    cpSync(b, damaged, { recursive: true });
    const bytes = readFileSync(path.join(damaged, 'state.bin'));
    bytes[bytes.length >> 1]! ^= 4;
    writeFileSync(path.join(damaged, 'state.bin'), bytes);
    const flipped = merge(a, damaged);
    expect(flipped.code).toBe(65);
    expect(flipped.stderr).toContain('this state is damaged');
    expect(readdirSync(folder)).not.toContain('no');
  });
});
