import { describe, expect, test } from 'vitest';
import type { ProfileDiff } from '../../../src/analyse/diff/diff-profiles.js';
import { parseGate, requireLayers } from '../../../src/analyse/diff/gate-grammar.js';
import { judgeGates } from '../../../src/analyse/diff/judge-gates.js';
import type { NeuronDiff } from '../../../src/analyse/diff/neuron-diff.js';
import { quantileOf, TallyBuilder } from '../../../src/analyse/diff/tally.js';
import { Exit, UserError } from '../../../src/core/errors.js';
import { gateWords } from '../../../src/report/diff/gate-words.js';

/**
 * Two layers of 100 neurons. L0: 3 dead before, 5 after (3 died, 1 revived); L1: 10 dead before and after.
 * js is 0.01, 0.02 … 1.00 in L0, and 0 in L1 where one neuron broke and has none; half of all tokens are active
 * before, 0.4 after; shift −0.3 everywhere; w1 2, w1_sigma 0.5, jaccard 0.8, rbo 0.9.
 */
const DIFF = made();

/** A gate that just fails, one that just holds, and what is found. */
const CASES: [fails: string, holds: string, found: string][] = [
  ['dead > 14', 'dead > 15', 'all: 15'],
  ['dead >= 15', 'dead >= 16', 'all: 15'],
  ['dead < 16', 'dead < 15', 'all: 15'],
  ['dead <= 15', 'dead <= 14', 'all: 15'],
  ['dead > 7.4%', 'dead > 7.5%', 'all: 7.5 %'],
  ['dead > +1', 'dead > +2', 'all: +2 (13 → 15)'],
  ['dead > +0.9%', 'dead > +1%', 'all: +1 points (13 → 15)'],
  ['dead > -1%', 'dead < -1%', 'all: +1 points (13 → 15)'],
  ['dead > x1.15', 'dead > x1.16', 'all: x1.15385 (13 → 15)'],
  ['L0: dead > +1%', 'L0: dead > +2%', 'L0: +2 points (3 → 5)'],
  ['l0: dead > x1.6', 'L0:dead>x1.7', 'L0: x1.66667 (3 → 5)'],
  ['layer: dead > +1%', 'layer: dead > +2%', 'L0: +2 points (3 → 5)'],
  ['layer: dead > 9', 'layer: dead > 10', 'L1: 10'],
  ['broken > 0', 'broken > 1', 'all: 1'],
  ['broken > x2', 'L0: broken > x2', ''],
  ['died > 2', 'died > 3', 'all: 3'],
  ['died > 1.4%', 'died > 1.5%', 'all: 1.5 %'],
  ['L0: died > 2.9%', 'L0: died > 3%', 'L0: 3 %'],
  ['revived < 2', 'revived < 1', 'all: 1'],
  ['broke >= 1', 'broke >= 2', 'all: 1'],
  ['mended <= 0', 'mended < 0', 'all: 0'],
  ['active < 0.45', 'active < 0.4', 'all: 0.4'],
  ['active < 41%', 'active < 40%', 'all: 40 %'],
  ['active < -9%', 'active < -11%', 'all: −10 points (0.5000 → 0.4000)'],
  ['active < x0.81', 'active < x0.8', 'all: x0.8 (0.5000 → 0.4000)'],
  ['js.p99 > 0.98', 'js.p99 > 0.99', 'all: 0.99 bits'],
  ['L0: js.p99 > 0.98', 'L1: js.p99 > 0', ''],
  ['L0: js.p99.5 > 0.99', 'L0: js.p99.5 > 1', 'L0: 1 bits'],
  ['L0: js.median > 0.49', 'L0: js.p50 > 0.5', 'L0: 0.5 bits'],
  ['L0: js.mean > 0.504', 'L0: js.mean > 0.506', 'L0: 0.505 bits'],
  ['L0: js.min < 0.02', 'L0: js.min < 0.01', 'L0: 0.01 bits'],
  ['js.max >= 1', 'js.max > 1', 'all: 1 bits'],
  ['layer: js.max > 0.9', 'L1: js.max > 0.9', 'L1: 0 bits'],
  ['w1.max > 1.9', 'w1.max > 2', 'all: 2'],
  ['w1_sigma.p90 > 4e-1', 'w1_sigma.p90 > 5e-1', 'all: 0.5 σ'],
  ['shift.p99 > 0.2', 'shift.p99 > 0.3', 'all: 0.3 σ'],
  ['jaccard.p5 < 0.81', 'jaccard.p5 < 0.8', 'all: 0.8'],
  ['rbo.mean < 0.91', 'rbo.mean < 0.89', ''],
];

describe('a gate', () => {
  test.each(CASES)('%s fails, and %s holds', (fails, holds, found) => {
    const [failing, holding] = judgeGates([parseGate(fails), parseGate(holds)], DIFF);
    expect([failing!.failed, holding!.failed]).toEqual([true, false]);
    if (found !== '') expect(gateWords(holding!)).toBe(found);
  });

  test('names every layer at which it fails', () => {
    const [judged] = judgeGates([parseGate('layer: dead > 4')], DIFF);
    expect(gateWords(judged!)).toBe('L0: 5; L1: 10');
  });

  test('that no neuron has a value for has failed, for nobody can say that it holds', () => {
    const none = { ...DIFF, all: new TallyBuilder().result() };
    const judged = judgeGates([parseGate('js.p99 > 2'), parseGate('rbo.min < 0')], none);
    expect(judged.map(({ failed }) => failed)).toEqual([true, true]);
    expect(gateWords(judged[0]!)).toBe('all: no neuron has it, so it cannot be judged');
  });

  test('on a ratio to nothing holds while there is nothing, and fails where there is something', () => {
    const [holds, fails] = judgeGates(['L0: broken > x1.01', 'L1: broken > x1.01'].map(parseGate), DIFF);
    expect([holds!.failed, fails!.failed]).toEqual([false, true]);
    expect(gateWords(fails!)).toBe('L1: x∞ (0 → 1)');
  });

  test.each([
    ['dead', 'write one such as'],
    ['dead > ', 'write one such as'],
    ['dead = 3', 'write one such as'],
    ['dead > much', '"much" is no bound'],
    ['dead > +x2', '"+x2" is no bound'],
    ['dead > x2%', 'either x times'],
    ['deaf > 3', '"deaf" is nothing that is measured'],
    ['dead.p99 > 3', 'leave out ".p99"'],
    ['js > 0.1', 'js.mean, .median'],
    ['js.p101 > 0.1', 'js.mean, .median'],
    ['js.most > 0.1', 'js.mean, .median'],
    ['js.p99 > +0.1', 'give it a plain number'],
    ['js.p99 > 5%', 'give it a plain number'],
    ['js.p99 > x2', 'give it a plain number'],
    ['died > +1%', 'counts what changed already'],
    ['died > x2', 'counts what changed already'],
    ['everywhere: dead > 3', 'before the colon'],
  ])('%s is none (2)', (text, says) => {
    const error = refusalOf(() => parseGate(text));
    expect(error.exit).toBe(Exit.USAGE);
    expect(error.message).toContain(`"${text}" is not a gate`);
    expect(error.message).toContain(says);
  });

  test('names layers that are there (2)', () => {
    const layers = [{ group: 'encoder', layer: 0 }];
    requireLayers([parseGate('enc.L0: dead > 3'), parseGate('dead > 3')], layers);
    const error = refusalOf(() => requireLayers([parseGate('L0: dead > 3')], layers));
    expect(error.message).toContain('there are enc.L0');
    expect(error.exit).toBe(Exit.USAGE);
  });
});

describe('a quantile over neurons', () => {
  test('is the smallest value that so large a share does not exceed', () => {
    const values = Float64Array.of(1, 2, 3, 4);
    expect([0, 0.25, 0.26, 0.5, 0.99, 1].map((q) => quantileOf(values, q))).toEqual([1, 1, 2, 2, 4, 4]);
    expect(quantileOf(new Float64Array(0), 0.5)).toBeNaN();
  });
});

function refusalOf(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function made(): ProfileDiff {
  const all = new TallyBuilder();
  const layers = [0, 1].map((layer) => {
    const tally = new TallyBuilder();
    for (let neuron = 0; neuron < 100; neuron++) {
      const deadBefore = layer === 0 ? neuron < 3 : neuron < 10;
      const deadAfter = layer === 0 ? neuron >= 1 && neuron < 6 : neuron < 10;
      const broke = layer === 1 && neuron === 99;
      const side = { broken: false, mean: 0, std: 1 };
      const diff: NeuronDiff = {
        group: '',
        layer,
        neuron,
        js: layer === 0 ? (neuron + 1) / 100 : broke ? NaN : 0,
        w1: 2,
        w1Bound: 0,
        w1_sigma: 0.5,
        shift: -0.3,
        jaccard: 0.8,
        rbo: 0.9,
        died: !deadBefore && deadAfter,
        revived: deadBefore && !deadAfter,
        broke,
        mended: false,
        a: { ...side, dead: deadBefore, activeRate: 0.5 },
        b: { ...side, dead: deadAfter, broken: broke, activeRate: 0.4 },
      };
      tally.add(diff);
      all.add(diff);
    }
    return { group: '', layer, ...tally.result() };
  });
  return { all: all.result(), layers } as unknown as ProfileDiff;
}
