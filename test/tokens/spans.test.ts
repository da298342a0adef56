import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfToken } from '../../src/core/byte-alphabet.js';
import { openTokenizer, type TokenizerHandle } from '../../src/tokens/tokenizer.js';
import type { Spans } from '../../src/tokens/types.js';
import { temporaryDirectory } from '../support/cli.js';
import { describeWithShared, shared } from '../support/shared.js';
import { awkwardText, corpus, llamaWith, LLAMA, openJson, type Json } from './support.js';

const folder = temporaryDirectory();
const llama = await openTokenizer(LLAMA);
const AWKWARD = ['awkward.jsonl', 'tinyshakespeare.jsonl'];
const ADDED = ['<s>', '</s>', '<unk>', '<mask>', '[SEP]', '<|endoftext|>'];

/** Text of each token, or fails. */
function textsOf(tokenizer: TokenizerHandle, text: string): string[] {
  const spans = spansOf(tokenizer, text);
  const points = Array.from(text);
  return Array.from(spans.start, (start, i) => points.slice(start, spans.end[i]).join(''));
}

function spansOf(tokenizer: TokenizerHandle, text: string): Spans {
  const ids = tokenizer.encode(text);
  const spans = tokenizer.spans(text, ids);
  if (spans === null) throw new Error(`no spans of ${JSON.stringify(text)}`);
  expect([spans.start.length, spans.end.length]).toEqual([ids.length, ids.length]);
  return spans;
}

function expectCover(tokenizer: TokenizerHandle, text: string): void {
  const { start, end } = spansOf(tokenizer, text);
  let at = 0;
  for (let i = 0; i < start.length; i++) {
    if (start[i] !== at || end[i]! < at) expect.fail(`token ${i} of ${JSON.stringify(text)} leaves a gap`);
    at = end[i]!;
  }
  expect(at).toBe(Array.from(text).length);
}

/**
 * The definition: written as the vocabulary writes it, a text is a row of
 * bytes; a code point belongs to the token that holds its first byte.
 * @param written the code points as written, with the place of each in the text (−1: in none)
 */
function byDefinition(written: [string, number][], tokens: Uint8Array[], length: number): Spans {
  const owners = tokens.flatMap((bytes, token) => Array.from(bytes, () => token));
  const owner = new Int32Array(length);
  let byte = 0;
  for (const [character, place] of written) {
    if (place >= 0) owner[place] = owners[byte]!;
    byte += Buffer.byteLength(character);
  }
  expect(byte).toBe(owners.length);
  const start = tokens.map((_, token) => owner.findIndex((other) => other >= token));
  const from = Int32Array.from(start, (place) => (place === -1 ? length : place));
  return { start: from, end: Int32Array.from(from, (_, token) => from[token + 1] ?? length) };
}

describe('spans of Metaspace BPE', () => {
  const handles = {
    'with a first blank set': () => llama,
    'with a blank set always': () =>
      openJson(
        folder,
        'always',
        llamaWith({ pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' } }),
      ),
    'with none set': () =>
      openJson(
        folder,
        'never',
        llamaWith({ pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never' } }),
      ),
    'with normalizers that prepend and replace': () =>
      openJson(
        folder,
        'legacy',
        llamaWith({
          normalizer: {
            type: 'Sequence',
            normalizers: [
              { type: 'Prepend', prepend: '▁' },
              { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
            ],
          },
          pre_tokenizer: null,
        }),
      ),
    'with added tokens that strip blanks': () =>
      openJson(folder, 'strips', llamaWith({ added_tokens: strippingTokens() })),
  };

  test.each(Object.entries(handles))('%s cover the text exactly', async (_, open) => {
    const tokenizer = await open();
    fc.assert(
      fc.property(awkwardText(ADDED), (text) => expectCover(tokenizer, text)),
      { numRuns: 300 },
    );
  });

  test('are those of the definition', () => {
    fc.assert(
      fc.property(awkwardText(), (text) => {
        const points = Array.from(text);
        const written = points.map((point, i): [string, number] => [point === ' ' ? '▁' : point, i]);
        if (points.length > 0 && written[0]![0] !== '▁') written.unshift(['▁', -1]);
        const tokens = Array.from(llama.encode(text), (id) => {
          const token = llama.tokenOf(id)!;
          return /^<0x..>$/.test(token) ? Uint8Array.of(Number(token.slice(1, 5))) : Buffer.from(token);
        });
        expect(spansOf(llama, text)).toEqual(byDefinition(written, tokens, points.length));
      }),
      { numRuns: 500 },
    );
  });

  test('leave the blank that the tokenizer sets without text, and give a real one its token', () => {
    expect(textsOf(llama, 'the')).toEqual(['the']);
    expect(textsOf(llama, ' the')).toEqual([' the']);
    expect(textsOf(llama, '神')).toEqual(['', '神', '', '']);
  });

  test('give an added token the blanks that it strips', async () => {
    const tokenizer = await openJson(folder, 'strips', llamaWith({ added_tokens: strippingTokens() }));
    const texts = textsOf(tokenizer, 'the  <mask> \n the');
    expect(texts).toContain('  <mask> \n ');
    expect(texts.join('')).toBe('the  <mask> \n the');
  });

  test('take unknown characters for one token or each for its own, as the model does', async () => {
    const { model } = llamaWith({}) as { model: Json };
    const vocab = Object.fromEntries(
      Object.entries(model['vocab'] as Record<string, number>).filter(([token]) => !/^<0x..>$/.test(token)),
    );
    for (const fuse_unk of [true, false]) {
      const json = llamaWith({ model: { ...model, vocab, byte_fallback: false, fuse_unk } });
      const tokenizer = await openJson(folder, `unknown-${fuse_unk}`, json);
      expect(textsOf(tokenizer, 'the神经 the').filter((text) => /[神经]/.test(text))).toEqual(
        fuse_unk ? ['神经'] : ['神', '经'],
      );
    }
  });

  test('are null where the ids are not those of the text', () => {
    expect(llama.spans('the king', llama.encode('the queen'))).toBeNull();
    expect(llama.spans('the king', llama.encode('the'))).toBeNull();
    expect(llama.spans('the', llama.encode('the king'))).toBeNull();
    expect(llama.spans('', Int32Array.of(5))).toBeNull();
  });

  test('follow a normalizer that changes characters, and claim nothing where it looks beyond them', async () => {
    const nfc = await openJson(folder, 'nfc', llamaWith({ normalizer: { type: 'NFC' } }));
    fc.assert(fc.property(awkwardText(ADDED), (text) => expectCover(nfc, text)));
    expect(textsOf(nfc, 'the e\u0301 the')).toEqual(['the', ' ', 'e\u0301', '', ' the']);
    expect(textsOf(nfc, 'e\u0301x\u0301')).toEqual(['', 'e\u0301', '', 'x', '\u0301', '']);
    const lossy = { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' };
    const squeezing = await openJson(folder, 'squeezing', llamaWith({ normalizer: lossy }));
    expect(squeezing.spans('the  the', squeezing.encode('the  the'))).toBeNull();
    expectCover(squeezing, 'the the');
  });
});

function strippingTokens(): Json[] {
  const { added_tokens } = llamaWith({}) as { added_tokens: Json[] };
  return [
    ...added_tokens,
    { id: 1024, content: '<mask>', lstrip: true, rstrip: true, normalized: false, special: true },
    { id: 1025, content: '[SEP]', lstrip: false, rstrip: true, normalized: true, special: false },
  ];
}

describe('spans of WordPiece', () => {
  const vocab = [
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    'th',
    '##e',
    'king',
    'ᄒ',
    '##ᅡ',
    '##ᆫ',
    'e',
    '.',
    '神',
    'σασ',
    'σας',
  ];
  const json: Json = {
    added_tokens: [{ id: 3, content: '[SEP]', normalized: false, special: true }],
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab.map((token, id) => [token, id])),
    },
  };
  const open = () => openJson(folder, 'wordpiece', json);

  test('leave out the blanks, and give an unknown word whole', async () => {
    expect(textsOf(await open(), ' The  KING.[SEP] xyz神')).toEqual([
      'Th',
      'e',
      'KING',
      '.',
      '[SEP]',
      'xyz',
      '神',
    ]);
  });

  test('take in the marks and controls that the normalizer drops within a word', async () => {
    expect(textsOf(await open(), 'E\u0301 th\u0000e k\u00adi\u0301ng')).toEqual([
      'E\u0301',
      'th',
      'e',
      'k\u00adi\u0301ng',
    ]);
  });

  test('give a syllable that several tokens share to the first', async () => {
    expect(textsOf(await open(), '한')).toEqual(['한', '', '']);
  });

  test('know the final sigma', async () => {
    const tokenizer = await open();
    expect(textsOf(tokenizer, 'ΣΑΣ the')).toEqual(['ΣΑΣ', 'th', 'e']);
    expect(tokenizer.tokenOf(tokenizer.encode('ΣΑΣ')[0]!)).toBe('σας');
  });
});

describe('spans of other tokenizers', () => {
  test('are null where a scheme is not one that we follow', async () => {
    const { model } = llamaWith({}) as { model: Json };
    const ended = { ...model, end_of_word_suffix: '</w>' };
    const tokenizer = await openJson(folder, 'ended', llamaWith({ model: ended }));
    expect(tokenizer.spans('the', tokenizer.encode('the'))).toBeNull();
  });

  test('of Unigram cover the text where its normalizer loses nothing', async () => {
    const pieces = ['<unk>', '▁', '▁the', 't', 'h', 'e', '▁k', 'ing'];
    const tokenizer = await openJson(folder, 'unigram', {
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
      model: { type: 'Unigram', unk_id: 0, vocab: pieces.map((piece, i) => [piece, -i]) },
    });
    expect(textsOf(tokenizer, 'the king神经 the')).toEqual(['the', ' k', 'ing', '神经', ' the']);
  });
});

describeWithShared('spans of both corpora', ['corpora', 'models'], () => {
  test.each(['llama-shakespeare', 'gpt2-shakespeare'])('with %s cover each text', async (model) => {
    const tokenizer = await openTokenizer(shared('models', model));
    for (const { text } of AWKWARD.flatMap(corpus)) expectCover(tokenizer, text);
  });

  test('with bert-tiny-random ascend, and normalised are their tokens', async () => {
    const tokenizer = await openTokenizer(shared('models', 'bert-tiny-random'));
    for (const { text } of AWKWARD.flatMap(corpus)) expectWords(tokenizer, text);
    fc.assert(fc.property(awkwardText(ADDED), (text) => expectWords(tokenizer, text)));
  });

  test('of byte-level BPE are those of the definition', async () => {
    const tokenizer = await openTokenizer(shared('models', 'gpt2-shakespeare'));
    fc.assert(
      fc.property(awkwardText(ADDED), (text) => {
        const points = Array.from(text);
        const tokens = Array.from(tokenizer.encode(text), (id) =>
          id === 0 ? Buffer.from('<|endoftext|>') : Uint8Array.from(bytesOfToken(tokenizer.tokenOf(id)!)!),
        );
        expect(spansOf(tokenizer, text)).toEqual(
          byDefinition(
            points.map((point, i) => [point, i]),
            tokens,
            points.length,
          ),
        );
      }),
      { numRuns: 500 },
    );
  });
});

function expectWords(tokenizer: TokenizerHandle, text: string): void {
  const { start, end } = spansOf(tokenizer, text);
  const texts = textsOf(tokenizer, text);
  tokenizer.encode(text).forEach((id, i) => {
    if (start[i]! < (end[i - 1] ?? 0) || end[i]! <= start[i]!) expect.fail(`token ${i} does not ascend`);
    const token = tokenizer.tokenOf(id)!;
    if (token !== '[UNK]' && token !== texts[i]) expect(uncased(texts[i]!)).toBe(token.replace(/^##/, ''));
  });
}

/** BertNormalizer, but for the blanks around ideographs, written anew. */
function uncased(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Co}\ufffd]/gu, '')
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '');
}
