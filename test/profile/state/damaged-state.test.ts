import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Exit, UserError, type ExitCode } from '../../../src/core/errors.js';
import type { StateHeader } from '../../../src/profile/state/types.js';
import type { Manifest } from '../../../src/profile/types.js';
import { merge } from '../../../src/run/merge.js';
import { succeed, temporaryDirectory } from '../../support/cli.js';
import { cuts, flipped, resealedState, restate, seededRandom } from '../../support/damage.js';
import { fixture, speeches } from '../../support/fixtures.js';
import { expectSameFiles } from '../../support/profiles.js';

const SHARDS = 3;
/** Where the version stands, behind eight bytes that every state begins with. */
const VERSION_AT = 8;

describe('a merge of states', () => {
  const folder = temporaryDirectory();
  const at = (...names: string[]) => path.join(folder, ...names);
  const states = Array.from({ length: SHARDS }, (_, i) =>
    at('shards', `shard-${i}-of-${SHARDS}`, 'state.bin'),
  );
  const others = states.slice(1);
  let bytes: Buffer;

  beforeAll(() => {
    const corpus = at('corpus.jsonl');
    const records = speeches().slice(0, 30);
    writeFileSync(corpus, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const kept = ['--neurons', 'L0.N0-1', '-k', '2', '--around', '1', '--sketch-range', '0:1'];
    const args = [
      'profile',
      fixture('llama-shakespeare'),
      corpus,
      ...kept,
      '--block-size',
      '1KiB',
      '--quiet',
    ];
    for (let i = 0; i < SHARDS; i++) succeed([...args, '-o', at('shards'), '--shard', `${i}/${SHARDS}`]);
    succeed([...args, '-o', at('reference')]);
    bytes = readFileSync(states[0]!);
  });

  const mergeTo = (output: string, inputs: readonly string[], asked = {}) =>
    merge({ inputs, output, force: false, partial: false, allowMixed: false, ...asked });

  /** The message of a merge that must be refused; sees that it leaves nothing. */
  async function refusal(exit: ExitCode, ...inputs: string[]): Promise<string> {
    const before = readdirSync(folder);
    const error = await mergeTo(at('merged'), inputs).then(
      () => new Error('merged'),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof UserError)) throw error;
    expect(error.exit).toBe(exit);
    expect(readdirSync(folder)).toEqual(before);
    return error.message;
  }

  function write(name: string, content: Uint8Array | string): string {
    writeFileSync(at(name), content);
    return at(name);
  }

  test('that are whole gives what one run gives', async () => {
    await mergeTo(at('of-all'), [at('shards')]);
    expectSameFiles(at('of-all'), at('reference'));
  });

  test('is refused whatever length one is cut to, and says which', async () => {
    for (const length of cuts(bytes.length, seededRandom(4))) {
      const cut = write('cut', bytes.subarray(0, length));
      expect(await refusal(Exit.DATA, cut, ...others), `${length} bytes`).toContain(`in ${cut}\n`);
    }
  });

  test('is refused where any byte of one is another, and says which', async () => {
    const random = seededRandom(5);
    for (let i = 0; i < 1000; i++) {
      const changed = write('changed', flipped(bytes, random));
      expect(await refusal(Exit.DATA, others[0]!, changed, others[1]!)).toContain(`in ${changed}\n`);
    }
  });

  test('is refused where something follows one', async () => {
    const longer = write('longer', Buffer.concat([bytes, Buffer.from('\n')]));
    expect(await refusal(Exit.DATA, longer, ...others)).toContain('this state is damaged');
  });

  test('is refused where one has another version, whole as it is', async () => {
    const newer = write('newer', resealedState(bytes, VERSION_AT, Uint8Array.of(2)));
    expect(await refusal(Exit.DATA, newer, ...others)).toMatch(
      /this state has version 2, and this neuroprobe reads 1\n {2}in .*newer\n/,
    );
  });

  test.each([
    ['is no state at all', 'hello, this is a text\n'],
    ['is empty', ''],
    ['is a table', 'ARROW1\0\0'],
  ])('is refused where one %s', async (_, content) => {
    const strange = write('strange', content);
    expect(await refusal(Exit.DATA, strange, ...others)).toContain('not a state of neuroprobe’s');
  });

  test('is refused where there is no state', async () => {
    mkdirSync(at('none'), { recursive: true });
    expect(await refusal(Exit.NO_INPUT, at('none'), ...others)).toContain('neither a state.bin nor shard');
    expect(await refusal(Exit.NO_INPUT, at('absent'), ...others)).toContain('no such state or folder');
    mkdirSync(at('torn', 'shard-0-of-2'), { recursive: true });
    expect(await refusal(Exit.NO_INPUT, at('torn'))).toContain('shard-0-of-2');
  });

  test('is refused where two hold the same block, and names the block and both', async () => {
    const again = write('again', bytes);
    expect(await refusal(Exit.DATA, ...states, again)).toMatch(
      /same block: 0 of .*corpus\.jsonl\n {2}in .*shard-0-of-3\/state\.bin, .*again\n/,
    );
    expect(await refusal(Exit.DATA, states[1]!, states[1]!)).toContain('same block: 1 of');
  });

  test('is refused where blocks are missing, whatever the files are called', async () => {
    expect(await refusal(Exit.DATA, ...others)).toContain('shard 0 of 3 is missing');
    expect(await refusal(Exit.DATA, write('lone', bytes))).toMatch(/\d of the \d blocks of .*corpus\.jsonl/);
  });

  test.each<[string, (header: StateHeader) => StateHeader, string]>([
    [
      'setting',
      (h) => ({ ...h, settings: { ...h.settings, active_above: 1 } }),
      'active_above is 1 in the one',
    ],
    ['command', (h) => ({ ...h, command: 'topk' }), 'the command is "topk"'],
    ['model', (h) => ({ ...h, model: { ...h.model, path: 'other' } }), 'the model is "other"'],
    ['tokenizer', (h) => ({ ...h, tokenizer: null }), 'the tokenizer is null'],
    ['corpus', (h) => ({ ...h, corpus: [{ path: 'x', size: 9 }] }), 'list of corpus files is ["x"]'],
    [
      'size of the corpus',
      (h) => ({ ...h, corpus: h.corpus.map(({ path }) => ({ path, size: 9 })) }),
      '--corpus-size says how far',
    ],
    [
      'content of the corpus',
      (h) => ({ ...h, files: h.files.map((file) => file && { ...file, sha256: '0'.repeat(64) }) }),
      'different contents of',
    ],
    ['processor', (h) => ({ ...h, processor: { ...h.processor, platform: 'other' } }), '--allow-mixed'],
  ])('is refused where one was made with another %s', async (_, change, says) => {
    await restate(states[0]!, at('other'), change);
    expect(await refusal(Exit.SETTINGS, at('other'), ...others)).toContain(says);
    rmSync(at('other'));
  });

  describe('of several kinds of processors', () => {
    const mixed = ['a', 'b', 'c'].map((name) => at(`on-${name}`));
    const kindOn = (name: string, { processor }: StateHeader) => ({ ...processor, instruction_sets: [name] });
    const manifestOf = (output: string) =>
      JSON.parse(readFileSync(path.join(output, 'manifest.json'), 'utf8')) as Manifest;

    beforeAll(async () => {
      for (const [i, to] of mixed.entries())
        await restate(states[i]!, to, (header) => ({ ...header, processor: kindOn('abc'[i]!, header) }));
    });

    test('is made where that is allowed, and recorded', async () => {
      await mergeTo(at('mixed'), mixed, { allowMixed: true });
      const { processor } = manifestOf(at('mixed'));
      expect(processor.architecture).toBe('mixed');
      expect(processor.instruction_sets.map((kind) => JSON.parse(kind) as Manifest['processor'])).toEqual(
        ['a', 'b', 'c'].map((name) => ({
          ...manifestOf(at('reference')).processor,
          instruction_sets: [name],
        })),
      );
    });

    test.each(['bca', 'cab', 'acb', 'cba', 'bac'])('gives the same bytes in the order %s', async (order) => {
      const inputs = [...order].map((name) => at(`on-${name}`));
      await mergeTo(at(order), inputs, { allowMixed: true });
      expectSameFiles(at(order), at('mixed'));
    });

    test.each(['abc', 'bca', 'cab'])('gives the same bytes in two steps, %s', async (order) => {
      const [first, second, last] = [...order].map((name) => at(`on-${name}`)) as [string, string, string];
      const part = at(`part-${order}`);
      await mergeTo(part, [second, first], { allowMixed: true, partial: true });
      const before = readdirSync(folder);
      await expect(mergeTo(at('no'), [part, last])).rejects.toMatchObject({ exit: Exit.SETTINGS });
      expect(readdirSync(folder)).toEqual(before);
      await mergeTo(at(`tree-${order}`), [last, part], { allowMixed: true });
      expectSameFiles(at(`tree-${order}`), at('mixed'));
    });

    test('of one kind records nothing of it', async () => {
      await mergeTo(at('alike'), states, { allowMixed: true });
      expectSameFiles(at('alike'), at('reference'));
    });
  });
});
