import { Command } from 'commander';
import { expect, test } from 'vitest';
import { keepDocumentsOption, shufflesOption } from '../../src/cli/option-permutations.js';

test.each([
  ['how many documents to keep', keepDocumentsOption, 80, 65_536, 4096],
  ['how many shuffles to make', shufflesOption, 19, 100_000, 1000],
])(
  '--permutations of %s takes a number or none, and says where else it must stand',
  (_, option, least, most, preset) => {
    const parsed = (...words: string[]) =>
      new Command()
        .argument('[name]')
        .addOption(option())
        .exitOverride()
        .parse(words, { from: 'user' })
        .opts()['permutations'] as number | undefined;
    expect([parsed(), parsed('--permutations'), parsed('--permutations', '99', 'x')]).toEqual([
      undefined,
      preset,
      99,
    ]);
    expect(() => parsed('--permutations', '2024.jsonl')).toThrow(
      `give a whole number from ${least} to ${most} before it, or put --permutations last`,
    );
    expect(() => parsed('--permutations', '5')).toThrow(`give a whole number from ${least} to ${most}`);
  },
);
