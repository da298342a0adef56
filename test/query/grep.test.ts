import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openProfile } from '../../src/profile/open-profile.js';
import { grepExamples, type Coverage, type Grep } from '../../src/query/grep-examples.js';
import { patternOf } from '../../src/query/pattern.js';
import { tokenOfBytes } from '../../src/core/byte-alphabet.js';
import { TokenPieces } from '../../src/report/token-pieces.js';
import { tokenPieces, type TokenScheme } from '../../src/report/token-text.js';
import { textWidth } from '../../src/report/text-width.js';
import { ALL, LAYERS, madeLayer, writeProfile } from '../profile/made.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { expectRefusal } from '../support/refusal.js';

const folder = temporaryDirectory();
const at = (name: string) => path.join(folder, name);

/** GPT-2's way to write text; 漢 is two tokens. */
const BYTES = ['<s>', 'ĠThe', 'Ġking', 'æ¼', '¢', 'Ċ', 'Ġof', 'ĠKings', "'s", '.'];

beforeAll(async () => {
  const rows = Array.from({ length: 10 }, (_, p) => [p, p === 4 ? 9 : -p]);
  await writeProfile(at('gpt'), [madeLayer({ layer: 0, documents: [rows] })], {
    context: { tokenOf: (id) => BYTES[id]! },
  });
  await writeProfile(at('no-tokens'), LAYERS, { context: { tokenOf: null } });
  await writeProfile(at('stats'), LAYERS, { wanted: { ...ALL, examples: false } });
});

// Around a token two are kept each side: N0’s best are ". " at 9, "'s" at 8, " Kings" at 7; N1’s best is 漢’s end.
async function hits(text: string, more: Partial<Grep> = {}): Promise<string[]> {
  const coverage: Coverage = { examples: 0, neurons: 0, hits: 0, hitNeurons: 0 };
  const request = { text, regex: false, letters: 'smart', token: false, side: null, ...more } as const;
  const found = [...grepExamples(await openProfile(at('gpt')), request, coverage)];
  expect([coverage.examples, coverage.neurons, coverage.hits]).toEqual([more.side ? 6 : 12, 2, found.length]);
  return found.map(({ example, pieces, match }) => {
    const text = pieces.join('');
    return `N${example.neuron} ${example.side} ${example.rank}: ${text.slice(match.start, match.end)}`;
  });
}

describe('grep', () => {
  test.each<[what: string, text: string, more: Partial<Grep>, found: string[]]>([
    [
      'finds a text over several tokens',
      " of kings's",
      {},
      ['N0 top 1', 'N0 top 2', 'N1 bottom 1', 'N1 bottom 2'].map((hit) => `${hit}:  of Kings's`),
    ],
    ['finds a character that two tokens share', '漢', { side: 'top' }, ['N1 top 0: 漢']],
    [
      'looks at the firing token only, and at the whole of its character',
      '漢',
      { token: true },
      ['N1 top 0: 漢'],
    ],
    [
      'takes a capital for one',
      'Kings',
      { side: 'top' },
      ['N0 top 0: Kings', 'N0 top 1: Kings', 'N0 top 2: Kings'],
    ],
    ['takes it exactly', 'KINGS', { side: 'top' }, []],
    [
      'takes any case where asked to',
      "KINGS'",
      { side: 'top', letters: 'any' },
      ["N0 top 0: Kings'", "N0 top 1: Kings'", "N0 top 2: Kings'"],
    ],
    ['takes small letters exactly where asked to', 'kings', { letters: 'exact' }, []],
    ['takes signs for themselves', '.', { side: 'top', token: true }, ['N0 top 0: .']],
    [
      'takes a regular expression',
      '^ \\S+s$',
      { regex: true, token: true },
      ['N0 top 2:  Kings', 'N1 bottom 2:  Kings'],
    ],
  ])('%s', async (_, text, more, found) => {
    expect(await hits(text, more)).toEqual(found);
  });

  test('knows no capital in what a regular expression is made of', () => {
    expect(patternOf({ text: '\\S\\p{Lu}x', regex: true, letters: 'smart' }).flags).toBe('iu');
    expect(patternOf({ text: '\\SX', regex: true, letters: 'smart' }).flags).toBe('u');
  });

  test('finds every text in itself', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.constantFrom('smart', 'any', 'exact'),
        (text, letters) => {
          expect(patternOf({ text, regex: false, letters }).exec(`a${text}b`)?.[0]).toBe(text);
        },
      ),
    );
  });
});

describe('pieces kept by id', () => {
  const vocabulary = fc.array(
    fc.oneof(
      fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 4 })
        .map((text) => new TextEncoder().encode(text)),
      fc.uint8Array({ minLength: 1, maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 12 },
  );

  test('are those of the run as a whole, whatever came before', () => {
    const schemes: Record<string, (bytes: Uint8Array) => string> = {
      'byte-level': tokenOfBytes,
      metaspace: (bytes) => (bytes.length === 1 ? `<0x${bytes[0]!.toString(16).padStart(2, '0')}>` : '▁w'),
      wordpiece: (bytes) => (bytes[0]! % 2 === 0 ? `##${bytes.length}` : `w${bytes.length}`),
      words: (bytes) => `w${bytes.length}`,
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(schemes)),
        vocabulary,
        fc.array(fc.array(fc.nat(11), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        (scheme, bytes, runs) => {
          const tokens = bytes.map(schemes[scheme]!);
          const kept = new TokenPieces(scheme as TokenScheme);
          for (const run of runs) {
            const ids = Int32Array.from(run, (id) => id % tokens.length);
            const strings = Array.from(ids, (id) => tokens[id]!);
            expect(kept.of(ids, (place) => strings[place]!)).toEqual(
              tokenPieces(strings, scheme as TokenScheme),
            );
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('neuroprobe grep', () => {
  test('prints a line a hit, the firing token marked and the match in sight, and what it looked at', () => {
    const { stdout, stderr } = succeed(['grep', 'gpt', 'of', '--side', 'top', '--limit', '2'], {
      cwd: folder,
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^L0\.N0 +top 1 +8\.000 +of Kings⟨'s⟩\.$/);
    expect(lines[1]).toMatch(/^L0\.N0 +top 2 +7\.000 +⏎ of ⟨Kings⟩'s\.$/);
    expect(stderr).toBe(
      'neuroprobe: 3 examples of 2 neurons match, among 6 examples of 2 neurons; the first 2 are given (--limit)\n',
    );
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(100);
  });

  test('gives JSON with the whole text, and the places in it in code points', () => {
    const { stdout } = succeed(['grep', 'gpt', '漢\n', '--side', 'top', '--format', 'json'], { cwd: folder });
    const [hit] = JSON.parse(stdout) as Record<string, unknown>[];
    expect(hit).toMatchObject({
      name: 'L0.N1',
      side: 'top',
      rank: 0,
      value: 9,
      position: 4,
      text: ' king漢\n of',
    });
    expect([hit!['match_start'], hit!['match_end']]).toEqual([5, 7]);
  });

  test('ends with 0 where nothing is found, and says so', () => {
    const { stdout, stderr } = succeed(['grep', 'gpt', 'queen'], { cwd: folder });
    expect([stdout, stderr]).toEqual([
      '',
      'neuroprobe: nothing matches; 12 examples of 2 neurons were looked through\n',
    ]);
    expect(JSON.parse(succeed(['grep', 'gpt', 'queen', '--format', 'json'], { cwd: folder }).stdout)).toEqual(
      [],
    );
  });

  test.each<[given: string, args: string[], exit: number, says: string[]]>([
    ['nothing to look for', ['gpt', ''], 2, ['nothing to look for']],
    ['what is no regular expression', ['gpt', '(', '--regex'], 2, ['not a regular expression']],
    ['both ways to take case', ['gpt', 'x', '-i', '-s'], 2, ['cannot be used with']],
    ['a side that there is not', ['gpt', 'x', '--side', 'left'], 2, ['top, bottom']],
    [
      'examples without tokens',
      ['no-tokens', 'x', '--format', 'json'],
      65,
      ['ids and no text', '--tokenizer'],
    ],
    ['a profile without examples', ['stats', 'x'], 65, ['no examples']],
  ])('refuses %s', (_, args, exit, says) => {
    expectRefusal(folder, ['grep', ...args], exit, says);
  });
});
