import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import pl, { type DataFrame, type Expr } from 'nodejs-polars';
import { beforeAll, describe, expect, test } from 'vitest';
import { NEURON_COLUMNS } from '../../src/profile/format.js';
import { openProfile } from '../../src/profile/open-profile.js';
import { findNeurons } from '../../src/query/find-neurons.js';
import { writeProfile } from '../profile/made.js';
import { temporaryDirectory } from '../support/cli.js';
import { manyNeurons } from './many-neurons.js';

/** An expression as its text, and as polars evaluates it on the same file. */
interface Twin {
  text: string;
  polars: Expr;
}

const TEXTS = ['group'];
const TRUTHS = ['dead'];
const NUMBERS = Object.keys(NEURON_COLUMNS).filter((name) => ![...TEXTS, ...TRUTHS].includes(name));

/** What is not finite is null, as in our arithmetic. */
const finite = (e: Expr): Expr => pl.when(e.isFinite()).then(e).otherwise(pl.lit(null));
const known = (comparison: Expr): Expr => comparison.fillNull(pl.lit(false));
const twin = (text: string, polars: Expr): Twin => ({ text, polars });

const COMPARE: Record<string, (a: Expr, b: Expr) => Expr> = {
  '=': (a, b) => a.eq(b),
  '!=': (a, b) => a.neq(b),
  '<': (a, b) => a.lt(b),
  '<=': (a, b) => a.ltEq(b),
  '>': (a, b) => a.gt(b),
  '>=': (a, b) => a.gtEq(b),
};
const COMPUTE: Record<string, (a: Expr, b: Expr) => Expr> = {
  '+': (a, b) => a.plus(b),
  '-': (a, b) => a.minus(b),
  '*': (a, b) => a.multiplyBy(b),
  '/': (a, b) => a.divideBy(b),
};

/** Polars divides by a constant as it multiplies by its reciprocal, an ulp off: so constants are columns. */
const ZERO = pl.col('neuron').cast(pl.Float64).multiplyBy(pl.lit(0));

const literal = fc
  .oneof(
    fc.constantFrom('0', '1', '-1', '0.25', '14', '1e-3', '.5', '2.', '50%', '1E2'),
    fc.double({ min: -200, max: 200, noNaN: true }).map(String),
  )
  .map((text) => {
    const value = Number(text.replace('%', '')) / (text.endsWith('%') ? 100 : 1);
    return twin(text, ZERO.plus(pl.lit(value)));
  });
const column = fc.constantFrom(...NUMBERS).map((name) => twin(name, pl.col(name).cast(pl.Float64)));

const { number, truth } = fc.letrec<{ number: Twin; truth: Twin }>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    column,
    literal,
    fc
      .tuple(tie('number'), fc.constantFrom(...Object.keys(COMPUTE)), tie('number'))
      .map(([a, operator, b]) =>
        twin(`(${a.text} ${operator} ${b.text})`, finite(COMPUTE[operator]!(a.polars, b.polars))),
      ),
    tie('number').map((a) => twin(`abs(${a.text})`, a.polars.abs())),
    tie('number').map((a) => twin(`-(${a.text})`, pl.lit(0).cast(pl.Float64).minus(a.polars))),
  ),
  truth: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(tie('number'), fc.constantFrom(...Object.keys(COMPARE)), tie('number'))
      .map(([a, operator, b]) =>
        twin(`${a.text}${operator}${b.text}`, known(COMPARE[operator]!(a.polars, b.polars))),
      ),
    fc
      .tuple(tie('number'), fc.boolean())
      .map(([a, not]) =>
        twin(`${a.text} is ${not ? 'NOT ' : ''}null`, not ? a.polars.isNotNull() : a.polars.isNull()),
      ),
    fc.tuple(fc.constantFrom('encoder', 'decoder', 'x'), fc.boolean()).map(([name, is]) => {
      const group = pl.col('group').cast(pl.Utf8);
      return twin(
        `group ${is ? '=' : '<>'} '${name}'`,
        is ? group.eq(pl.lit(name)) : group.neq(pl.lit(name)),
      );
    }),
    fc.constant(twin('dead', pl.col('dead'))),
    fc.tuple(tie('number'), fc.array(tie('number'), { minLength: 1, maxLength: 3 })).map(([a, list]) =>
      twin(
        `${a.text} in (${list.map(({ text }) => text).join(', ')})`,
        list.map((b) => known(a.polars.eq(b.polars))).reduce((x, y) => x.or(y)),
      ),
    ),
    tie('truth').map((a) => twin(`not (${a.text})`, a.polars.not())),
    fc
      .tuple(tie('truth'), tie('truth'))
      .map(([a, b]) => twin(`(${a.text} and ${b.text})`, a.polars.and(b.polars))),
    fc
      .tuple(tie('truth'), tie('truth'))
      .map(([a, b]) => twin(`((${a.text}) OR ${b.text})`, a.polars.or(b.polars))),
  ),
}));

describe('an expression, beside polars on the same file', () => {
  let profile: Awaited<ReturnType<typeof openProfile>>;
  let frame: DataFrame;

  const folder = path.join(temporaryDirectory(), 'out');

  beforeAll(async () => {
    await writeProfile(folder, manyNeurons());
    profile = await openProfile(folder);
    frame = pl.readIPC(readFileSync(path.join(folder, 'neurons.arrow')));
  });

  const byUs = (where: string) => {
    const columns = ['group', 'layer', 'neuron'];
    return findNeurons(profile, { where, sort: [], columns, limit: null }).rows.map((row) => row.join('.'));
  };

  const byPolars = (condition: Expr) =>
    frame
      .filter(condition)
      .select(pl.col('group').cast(pl.Utf8), pl.col('layer'), pl.col('neuron'))
      .rows()
      .map((row) => row.join('.'));

  test('matches the same neurons', () => {
    const sizes = new Set<number>();
    fc.assert(
      fc.property(truth, ({ text, polars }) => {
        const ours = byUs(text);
        expect(ours).toEqual(byPolars(polars));
        sizes.add(ours.length);
      }),
      { numRuns: 120 },
    );
    // Else it would say nothing: all, none and many between.
    expect(sizes.size).toBeGreaterThan(20);
  });

  test('computes the same numbers', () => {
    fc.assert(
      fc.property(number, ({ text, polars }) => {
        const { rows: ours } = findNeurons(profile, { where: null, sort: [], columns: [text], limit: null });
        const theirs = frame.select(polars.alias('x')).rows();
        expect(ours.map(([x]) => zero(x))).toEqual(theirs.map(([x]) => zero(x)));
      }),
      { numRuns: 60 },
    );
  });
});

/** −0 is 0: 0 − x, by which polars negates here, has no other. */
function zero(x: unknown): unknown {
  return x === 0 ? 0 : x;
}
