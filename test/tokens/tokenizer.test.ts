import { mkdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { deriveSpecialTokens } from '../../src/tokens/special-tokens.js';
import { openTokenizer, tokenizerFiles } from '../../src/tokens/tokenizer.js';
import { temporaryDirectory } from '../support/cli.js';
import { describeWithShared, shared } from '../support/shared.js';
import { corpus, llamaWith, LLAMA, openJson, readJson, type Json } from './support.js';

const folder = temporaryDirectory();

describe('a tokenizer', () => {
  test('opens from its folder or its file alike', async () => {
    const [a, b] = [await openTokenizer(LLAMA), await openTokenizer(path.join(LLAMA, 'tokenizer.json'))];
    expect(a.encode('The king')).toEqual(b.encode('The king'));
    expect(a.vocabulary).toBe(1024);
  });

  test('gives the ids of a text without special tokens, and those apart', async () => {
    const { encode, tokenOf, prefix, suffix } = await openTokenizer(LLAMA);
    expect(Array.from(encode('the'), tokenOf)).toEqual(['▁the']);
    expect([prefix, suffix]).toEqual([Int32Array.of(1), new Int32Array()]);
    expect(encode('')).toEqual(new Int32Array());
  });

  test('keeps special tokens that the text spells as text', async () => {
    const { encode } = await openTokenizer(LLAMA);
    expect(encode('<s></s>')).toEqual(Int32Array.of(1, 2));
  });

  test('has no string for an id beyond its vocabulary', async () => {
    const { tokenOf } = await openTokenizer(LLAMA);
    expect([tokenOf(0), tokenOf(1024), tokenOf(-1)]).toEqual(['<unk>', null, null]);
  });

  test('is not moved by truncation and padding of its file', async () => {
    const json = llamaWith({
      truncation: { max_length: 4, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
      padding: { strategy: { Fixed: 64 }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: '<unk>' },
    });
    const [plain, configured] = [await openTokenizer(LLAMA), await openJson(folder, 'padded', json)];
    const text = 'First Citizen: before we proceed any further, hear me speak.';
    expect(configured.encode(text)).toEqual(plain.encode(text));
    expect(configured.prefix).toEqual(plain.prefix);
  });

  test('finds special tokens by what the post-processor does', async () => {
    const template = (single: unknown[]) =>
      llamaWith({ post_processor: { type: 'TemplateProcessing', single, pair: [], special_tokens: {} } });
    const [text, bos, eos] = [
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '<s>', type_id: 0 } },
      { SpecialToken: { id: '</s>', type_id: 0 } },
    ];
    const around = async (name: string, single: unknown[]) => {
      const { prefix, suffix } = await openJson(folder, name, template(single));
      return [Array.from(prefix), Array.from(suffix)];
    };
    expect(await around('both', [bos, text, eos])).toEqual([[1], [2]]);
    expect(await around('same', [bos, bos, text, bos])).toEqual([[1, 1], [1]]);
    expect(await around('after', [text, eos])).toEqual([[], [2]]);
    await expect(around('twice', [text, bos, text])).rejects.toMatchObject({ exit: 69 });
    const bare = await openJson(folder, 'bare', llamaWith({ post_processor: null }));
    expect([bare.prefix.length, bare.suffix.length]).toEqual([0, 0]);
  });
});

describe('special tokens', () => {
  test('are not guessed where nothing tells before from after', () => {
    expect(deriveSpecialTokens((_, special) => (special ? [1, 2] : []))).toBeNull();
    expect(deriveSpecialTokens(() => [])).toEqual({ prefix: new Int32Array(), suffix: new Int32Array() });
  });

  test('are told from a text that is spelled with their ids by another text', () => {
    const encode = (text: string, special: boolean) => {
      const plain = text === '' ? [] : text === 'a' ? [1] : [7];
      return special ? [1, ...plain, 1] : plain;
    };
    expect(deriveSpecialTokens(encode)).toEqual({ prefix: Int32Array.of(1), suffix: Int32Array.of(1) });
  });
});

describe('the files of a tokenizer', () => {
  test('are tokenizer.json and, where there is one, tokenizer_config.json', () => {
    expect(tokenizerFiles(LLAMA).map((file) => file.path)).toEqual([
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const file = path.join(temporaryDirectory(), 'tok.json');
    writeFileSync(file, '{}');
    expect(tokenizerFiles(file)).toEqual([{ path: 'tok.json', location: file }]);
  });
});

describe('a tokenizer that cannot be opened', () => {
  const cases: [name: string, content: string | null, exit: number, says: RegExp][] = [
    ['is missing', null, 66, /no such file/],
    ['is not JSON', '{"model":', 65, /not JSON/],
    ['is a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1', 65, /git lfs pull/],
    ['is other JSON', '[]', 65, /no "model"/],
    ['has a BPE model without merges', '{"model":{"type":"BPE","vocab":{}}}', 65, /merges/],
    [
      'has added tokens of another shape',
      '{"model":{"vocab":{}},"added_tokens":[{"id":"a"}]}',
      65,
      /added_tokens/,
    ],
    ['has a part without a type', '{"model":{"vocab":{}},"normalizer":"NFC"}', 65, /normalizer/],
    [
      'has a part that we do not know',
      JSON.stringify(llamaWith({ normalizer: { type: 'Wonder' } })),
      69,
      /Wonder/,
    ],
  ];

  test.each(cases)('because it %s says so', async (name, content, exit, says) => {
    const file = path.join(folder, `${name.replaceAll(' ', '-')}.json`);
    if (content !== null) writeFileSync(file, content);
    const error = await openTokenizer(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    const { trouble, message } = error as UserError;
    expect(trouble).toMatchObject({ exit, where: file });
    expect(message).toMatch(says);
  });

  test('because its folder has none says so', async () => {
    const empty = path.join(folder, 'empty');
    mkdirSync(empty);
    await expect(openTokenizer(empty)).rejects.toMatchObject({ exit: 66 });
  });
});

/** Ids of the Rust implementation (make-awkward-ids.js); of long ones, their hash. */
describeWithShared('ids', ['corpora/awkward.jsonl', 'corpora/tinyshakespeare.jsonl', 'models'], () => {
  const oracle = readJson(new URL('awkward-ids.json', import.meta.url).pathname) as Record<string, Oracle>;
  /** The package does not see that these ideographs, two UTF-16 units each, are CJK. */
  const KNOWN: Record<string, string[]> = { 'bert-tiny-random': ['astral'] };

  test.each(Object.keys(oracle).filter((model) => model !== 'made'))(
    'of %s are those of Rust',
    async (model) => {
      const { encode } = await openTokenizer(shared('models', model));
      const { awkward, tinyshakespeare } = oracle[model]!;
      const different = corpus('awkward.jsonl').filter(({ id, text }) => {
        const [ours, theirs] = [encode(text), awkward[id]!];
        return Array.isArray(theirs)
          ? ours.join() !== theirs.join()
          : ours.length !== theirs.count || hashOf([ours]) !== theirs.sha256;
      });
      expect(different.map(({ id }) => id)).toEqual(KNOWN[model] ?? []);
      const lists = corpus('tinyshakespeare.jsonl').map(({ text }) => encode(text));
      expect(lists.reduce((sum, ids) => sum + ids.length, 0)).toBe(tinyshakespeare.count);
      expect(hashOf(lists)).toBe(tinyshakespeare.sha256);
    },
  );
});

interface Hashed {
  count: number;
  sha256: string;
}

interface Oracle extends Json {
  awkward: Record<string, number[] | Hashed>;
  tinyshakespeare: Hashed;
}

function hashOf(lists: Int32Array[]): string {
  const hash = createHash('sha256');
  for (const ids of lists) hash.update(Int32Array.of(ids.length, ...ids));
  return hash.digest('hex');
}
