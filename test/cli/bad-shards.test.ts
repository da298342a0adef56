import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openProfile } from '../../src/profile/open-profile.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { resealedState, restate } from '../support/damage.js';
import { fixture, speeches } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';
import { expectRefusal, type BadCase } from '../support/refusal.js';

const MODEL = fixture('llama-shakespeare');
const NO_TASK = { SLURM_ARRAY_TASK_ID: undefined, JOB_COMPLETION_INDEX: undefined };

describe('shards, states and checkpoints', () => {
  const folder = temporaryDirectory();
  const at = (...names: string[]) => path.join(folder, ...names);
  const A = 'shards/shard-0-of-2';
  const B = 'shards/shard-1-of-2';
  const settings = ['--neurons', 'L0.N0-1', '-k', '2', '--around', '1', '--block-size', '1KiB'];
  const run = (...more: string[]) => ['profile', MODEL, 'c.jsonl', ...settings, '--quiet', ...more];

  beforeAll(async () => {
    const records = speeches().slice(0, 20);
    writeFileSync(at('c.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    for (const i of [0, 1]) succeed(run('-o', 'shards', '--shard', `${i}/2`), { cwd: folder });
    succeed(run('-o', 'whole'), { cwd: folder });
    succeed(['stats', MODEL, 'c.jsonl', '-o', 'other', '--neurons', 'L1.N0', '--quiet'], { cwd: folder });
    writeFileSync(at('broken.jsonl'), '{"text": "a\n');
    const state = readFileSync(at(A, 'state.bin'));
    writeFileSync(at('cut.bin'), state.subarray(0, -100));
    writeFileSync(at('empty.bin'), '');
    writeFileSync(
      at('changed.bin'),
      state.map((byte, i) => (i === state.length >> 1 ? byte ^ 1 : byte)),
    );
    writeFileSync(at('newer.bin'), resealedState(state, 8, Uint8Array.of(9)));
    await restate(at(A, 'state.bin'), at('elsewhere.bin'), (header) => ({
      ...header,
      processor: { ...header.processor, architecture: 'z80' },
    }));
    await restate(at(A, 'state.bin'), at('unlike.bin'), (header) => ({
      ...header,
      settings: { ...header.settings, top: 3 },
    }));
    for (const name of ['nothing', 'torn', 'torn/shard-0-of-2']) mkdirSync(at(name));
    // What is a state of some blocks is a checkpoint, too.
    mkdirSync(at('begun.partial'));
    cpSync(at(A, 'state.bin'), at('begun.partial', '0-0.state'));
    for (const name of ['changed', 'newer', 'elsewhere']) {
      mkdirSync(at(`${name}.partial`));
      cpSync(at(`${name}.bin`), at(`${name}.partial`, '0-0.state'));
    }
  });

  describe('options', () => {
    const shard = (...more: string[]) => run('-o', 'new', ...more);
    const size = (text: string) => shard('--corpus-size', text);
    const NO_SHARD = ['is no shard', 'in --shard', 'give i/n'];

    test.each<BadCase>([
      ['a shard past the last', shard('--shard', '3/3'), 2, ['"3/3"', ...NO_SHARD]],
      ['a shard that is a word', shard('--shard', 'x'), 2, ['"x"', ...NO_SHARD]],
      ['a shard below 0', shard('--shard', '-1/2'), 2, ['"-1/2"', ...NO_SHARD]],
      ['a shard of none', shard('--shard', '1/0'), 2, ['"1/0"', ...NO_SHARD]],
      ['half a shard', shard('--shard', '0.5/2'), 2, ['"0.5/2"', ...NO_SHARD]],
      ['a shard of too many', shard('--shard', `0/1${'0'.repeat(30)}`), 2, NO_SHARD],
      ['a shard without a name', shard('--shard', ''), 2, ['--shard was given nothing']],
      ['how many without which', shard('--shards', '2'), 2, ['nothing says which', 'give --shard auto too']],
      ['none to choose from', shard('--shard', 'auto', '--shards', '0'), 2, ['a whole number from 1']],
      ['auto without how many', shard('--shard', 'auto'), 2, ['how many shards', 'give --shards N too']],
      ['auto outside of an array', shard('--shard', 'auto', '--shards', '2'), 2, ['no task of an array']],
      [
        'two numbers of shards',
        shard('--shard', '0/2', '--shards', '3'),
        2,
        ['3 is not the 2', 'leave it out'],
      ],
      ['how to share without a shard', shard('--shard-by', 'file'), 2, ['there is no shard', '--shard i/n']],
      ['an unknown way to share', shard('--shard', '0/2', '--shard-by', 'line'), 2, ['--shard-by', 'block']],
      [
        'a shard of standard input',
        ['profile', MODEL, '-', '-o', 'new', '--shard', '0/2'],
        2,
        ['standard input cannot be shared out', 'name files'],
      ],
      [
        'a shard of a corpus that is broken',
        ['profile', MODEL, 'broken.jsonl', '-o', 'new', '--shard', '0/1', '--quiet'],
        65,
        ['not JSON', 'in broken.jsonl:1:'],
      ],
      [
        'a limit over shared files',
        shard('--shard', '0/2', '--shard-by', 'file', '--limit', '5'),
        2,
        ['--limit with --shard-by file', 'leave one of them out'],
      ],
      ['a size without a number', size('c.jsonl'), 2, ['"c.jsonl" is not FILE=BYTES']],
      ['a size that is a word', size('c.jsonl=all'), 2, ['"c.jsonl=all" is not FILE=BYTES']],
      ['a size below 0', size('c.jsonl=-1'), 2, ['is not FILE=BYTES']],
      ['a size of no file', size('=5'), 2, ['"=5" is not FILE=BYTES']],
      ['a size of another file', size('d.jsonl=5'), 2, ['the corpus has no file d.jsonl']],
      ['a size that a file has not', size('c.jsonl=99999999'), 65, ['says 99999999', 'in c.jsonl']],
      ['checkpoints all the time', shard('--checkpoint-every', '0'), 2, ['0 is not above 0']],
      ['checkpoints in reverse', shard('--checkpoint-every', '-5'), 2, ['-5 is not above 0']],
      ['checkpoints by a word', shard('--checkpoint-every', 'abc'), 2, ['"abc" is not a number', 'above 0']],
    ])('%s is refused, and leaves nothing', (_, args, exit, says) =>
      expectRefusal(folder, args, exit, says, NO_TASK),
    );

    test.each(['', '-1', '1.5', '0x1', 'one', ' 1'])('an array’s task called "%s" is refused (2)', (id) => {
      const env = { ...NO_TASK, SLURM_ARRAY_TASK_ID: id };
      const says = [`SLURM_ARRAY_TASK_ID is "${id}", no whole number`];
      expectRefusal(folder, shard('--shard', 'auto', '--shards', '2'), 2, says, env);
    });
  });

  const merge = (...from: string[]) => ['merge', ...from, '-o', 'new'];
  const resume = (output: string, ...more: string[]) => run('-o', output, '--resume', ...more);

  test.each<BadCase>([
    ['a folder that is not there', merge('absent'), 66, ['no such state or folder', 'in absent']],
    ['a file below a file', merge('c.jsonl/x'), 66, ['no such state or folder', 'in c.jsonl/x']],
    [
      'a folder without a state',
      merge('nothing'),
      66,
      ['neither a state.bin nor shard-i-of-n', 'in nothing'],
    ],
    ['a shard without a state', merge('torn'), 66, ['neither a state.bin', 'in torn/shard-0-of-2']],
    ['a merge of nothing', ['merge', '-o', 'new'], 2, ["missing required argument 'state'"]],
    ['a merge to nowhere', ['merge', 'shards'], 2, ["'-o, --output <DIR>' not specified"]],
    ['a merge into no folder', ['merge', 'shards', '-o', 'a/b'], 73, ['there is no directory', 'mkdir -p']],
    ['a merge over a file', ['merge', 'shards', '-o', 'c.jsonl'], 73, ['a file in the way']],
    ['a merge over what is no profile', ['merge', 'shards', '-o', 'torn', '--force'], 73, ['not a profile']],
    [
      'a merge over another profile',
      ['merge', 'shards', '-o', 'other'],
      73,
      ['there is another profile already', 'its command is "stats", not "profile"', '--force'],
    ],
    [
      'a merge of a part over the whole',
      ['merge', A, '-o', 'whole', '--partial'],
      73,
      ['there is another profile already', 'its corpus is'],
    ],
    ['a state that is cut short', merge('cut.bin', B), 65, ['this state is damaged', 'in cut.bin']],
    ['a state with another byte', merge(B, 'changed.bin'), 65, ['this state is damaged', 'in changed.bin']],
    ['an empty state', merge('empty.bin'), 65, ['not a state', 'in empty.bin']],
    ['a corpus for a state', merge('c.jsonl', B), 65, ['not a state', 'in c.jsonl', 'name a state.bin']],
    ['a state of another version', merge('newer.bin', B), 65, ['has version 9', 'reads 1', 'in newer.bin']],
    [
      'a state of other settings',
      merge(B, 'unlike.bin'),
      78,
      ['the top is 2 in the one, and 3', 'unlike.bin'],
    ],
    ['a state of other processors', merge(B, 'elsewhere.bin'), 78, ['the processor is', '--allow-mixed']],
    ['the same state twice', merge(A, A, B), 65, ['hold the same block: 0 of c.jsonl', 'each share']],
    ['a shard too little', merge(B), 65, ['shard 0 of 2 is missing', '--shard 0/2', '--partial']],
    ['a state alone', merge('elsewhere.bin'), 65, ['blocks of c.jsonl', '--partial']],
    [
      'a checkpoint that nobody asks for',
      run('-o', 'begun'),
      73,
      ['left a checkpoint', '--resume', '--force'],
    ],
    ['a checkpoint of other settings', resume('begun', '-k', '3'), 78, ['its top was 2, and now it is 3']],
    ['a checkpoint of other layers', resume('begun', '--tap', 'pre'), 78, ['its tap was "post"']],
    ['a checkpoint of other processors', resume('elsewhere'), 78, ['its processor was']],
    ['a damaged checkpoint', resume('changed'), 65, ['damaged', 'changed.partial/0-0.state', '--force']],
    ['a checkpoint of another version', resume('newer'), 65, ['has version 9', 'newer.partial/0-0.state']],
    ['a shard in the way', run('-o', 'shards', '--shard', '0/2', '-k', '3'), 73, ['its top was 2, not 3']],
    ['a check of nothing', ['check', 'absent'], 66, ['there is no such directory', 'in absent']],
    ['a check of a folder', ['check', 'nothing'], 65, ['this is not a profile', 'in nothing']],
    ['a check of a corpus', ['check', 'c.jsonl'], 65, ['this is not a profile', 'in c.jsonl']],
    ['a neuron of a shard', ['show', A, 'L0.N0'], 65, ['a part of a profile', 'neuroprobe merge']],
    ['the report of a shard', ['report', A], 65, ['a part of a profile', 'neuroprobe merge']],
  ])('%s is refused, and all that is there stays', (_, args, exit, says) =>
    expectRefusal(folder, args, exit, says),
  );

  test('the library opens no shard either', async () => {
    await expect(openProfile(at(A))).rejects.toMatchObject({ exit: 65 });
  });

  test('those that are sound are taken: the merge, and the checkpoint that was refused', () => {
    succeed(['merge', 'shards', '-o', 'merged', '--quiet'], { cwd: folder });
    expectSameFiles(at('merged'), at('whole'));
    succeed(resume('begun'), { cwd: folder });
    expectSameFiles(at('begun'), at('whole'));
    succeed(run('-o', 'changed', '--force'), { cwd: folder });
    expectSameFiles(at('changed'), at('whole'));
    for (const name of ['merged', 'begun', 'changed']) rmSync(at(name), { recursive: true });
  });
});
