import { Exit, UserError } from '../../core/errors.js';
import { formatLayer, groupOf } from '../../core/neuron-name.js';
import { EVENTS, MEASURES, type Event, type Measure } from './neuron-diff.js';
import { STATES, type State } from './tally.js';

/**
 * A gate, as `--fail-if` takes it; it fails where the comparison holds.
 *
 * | part     |                                                                                  |
 * |----------|----------------------------------------------------------------------------------|
 * | gate     | [scope `:`] quantity op bound                                                    |
 * | scope    | `all` neurons together (default), each `layer`, or one: `L3`, `enc.L3`           |
 * | quantity | state, event, `active`, or measure `.` statistic                                 |
 * | state    | `dead`, `broken`: neurons that are so after                                      |
 * | event    | `died`, `revived`, `broke`, `mended`: neurons that it happened to                |
 * | `active` | mean share of active tokens after, 0 to 1                                        |
 * | measure  | `js`, `w1`, `w1_sigma`, `shift` (its magnitude), `jaccard`, `rbo`                |
 * | statistic| `mean`, `median`, `min`, `max`, `p99`, `p99.9` … over the neurons                |
 * | op       | `>`, `>=`, `<`, `<=`                                                             |
 * | bound    | `5`; `1%` of the neurons; `+5`, `-5`, `+1%` since before; `x1.01` times before   |
 *
 * Events take no bound since or times before; measures take plain numbers.
 */
export interface Gate {
  /** As it was written. */
  text: string;
  scope: Scope;
  quantity: Quantity;
  op: Op;
  bound: Bound;
}

export type Scope = { kind: 'all' } | { kind: 'layer' } | { kind: 'one'; group: string; layer: number };

export type Quantity =
  | { kind: 'state'; name: State }
  | { kind: 'event'; name: Event }
  | { kind: 'active' }
  | { kind: 'measure'; name: Measure; statistic: Statistic };

/** A quantile is 0 to 1. */
export type Statistic = { kind: 'mean' } | { kind: 'quantile'; q: number };

export const OPS = {
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
} as const;
export type Op = keyof typeof OPS;

/** `value`: as it is after; `change`: since before; `ratio`: as many times as before. `percent`: of the neurons. */
export interface Bound {
  kind: 'value' | 'change' | 'ratio';
  percent: boolean;
  number: number;
}

const GATE = /^(?:([\w.]+)\s*:)?\s*([a-z]\w*)(?:\.([a-z][\w.]*))?\s*(>=|<=|>|<)\s*(\S+)$/i;
const BOUND = /^([+-]|x)?(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(%)?$/i;
const EXAMPLE = "write one such as 'dead > +1%', 'js.p99 > 0.05' or 'layer: rbo.median < 0.8'";

/** @throws UserError (exit 2) saying what it does not understand */
export function parseGate(text: string): Gate {
  const match = GATE.exec(text.trim());
  if (match === null) throw notAGate(text, EXAMPLE);
  const [, scope, name, statistic, op, bound] = match;
  const gate: Gate = {
    text: text.trim().replace(/\s+/g, ' '),
    scope: parseScope(text, scope ?? 'all'),
    quantity: parseQuantity(text, name!.toLowerCase(), statistic?.toLowerCase()),
    op: op as Op,
    bound: parseBound(text, bound!),
  };
  refuseBound(gate);
  return gate;
}

function parseScope(text: string, scope: string): Scope {
  const word = scope.toLowerCase();
  if (word === 'all' || word === 'layer') return { kind: word };
  const match = /^(?:([a-z_]\w*)\.)?L(\d+)$/i.exec(scope);
  if (match === null) throw notAGate(text, `before the colon stands all, layer, or a layer such as L3`);
  return { kind: 'one', group: groupOf(match[1]), layer: Number(match[2]) };
}

function parseQuantity(text: string, name: string, statistic: string | undefined): Quantity {
  const measure = MEASURES.find((candidate) => candidate === name);
  if (measure !== undefined) {
    const found = statistic === undefined ? null : parseStatistic(statistic);
    if (found === null) {
      throw notAGate(text, `say which of the neurons’ values: ${name}.mean, .median, .min, .max, .p99 …`);
    }
    return { kind: 'measure', name: measure, statistic: found };
  }
  const quantity = countOf(name);
  if (quantity === null) {
    const known = [...STATES, ...EVENTS, 'active', ...MEASURES.map((each) => `${each}.p99`)];
    throw notAGate(text, `"${name}" is nothing that is measured; there are ${known.join(', ')}`);
  }
  if (statistic !== undefined) throw notAGate(text, `${name} is one number: leave out ".${statistic}"`);
  return quantity;
}

function countOf(name: string): Quantity | null {
  const state = STATES.find((candidate) => candidate === name);
  if (state !== undefined) return { kind: 'state', name: state };
  const event = EVENTS.find((candidate) => candidate === name);
  if (event !== undefined) return { kind: 'event', name: event };
  return name === 'active' ? { kind: 'active' } : null;
}

function parseStatistic(text: string): Statistic | null {
  if (text === 'mean') return { kind: 'mean' };
  const named = { min: 0, median: 0.5, max: 1 }[text];
  if (named !== undefined) return { kind: 'quantile', q: named };
  const match = /^p(\d{1,3}(?:\.\d+)?)$/.exec(text);
  const percent = Number(match?.[1] ?? NaN);
  return percent >= 0 && percent <= 100 ? { kind: 'quantile', q: percent / 100 } : null;
}

function parseBound(text: string, bound: string): Bound {
  const match = BOUND.exec(bound);
  if (match === null) throw notAGate(text, `"${bound}" is no bound; they are 5, 1%, +5, +1%, x1.01`);
  const [, sign, digits, percent] = match;
  const number = Number(digits);
  if (sign === 'x' || sign === 'X') {
    if (percent !== undefined) throw notAGate(text, 'a bound is either x times what it was, or a percentage');
    return { kind: 'ratio', percent: false, number };
  }
  if (sign === undefined) return { kind: 'value', percent: percent !== undefined, number };
  return { kind: 'change', percent: percent !== undefined, number: sign === '-' ? -number : number };
}

function refuseBound({ text, quantity, bound }: Gate): void {
  if (quantity.kind === 'measure' && (bound.kind !== 'value' || bound.percent))
    throw notAGate(text, `${quantity.name} compares before and after already: give it a plain number`);
  if (quantity.kind === 'event' && bound.kind !== 'value')
    throw notAGate(
      text,
      `${quantity.name} counts what changed already: give it a number, or a share such as 1%`,
    );
}

function notAGate(text: string, todo: string): UserError {
  return new UserError({ what: `"${text}" is not a gate`, where: '--fail-if', todo, exit: Exit.USAGE });
}

/**
 * Makes sure that the layers that gates name are there.
 * @throws UserError (exit 2)
 */
export function requireLayers(
  gates: readonly Gate[],
  layers: readonly { group: string; layer: number }[],
): void {
  for (const { text, scope } of gates) {
    if (scope.kind !== 'one') continue;
    if (layers.some(({ group, layer }) => group === scope.group && layer === scope.layer)) continue;
    const names = layers.map(({ group, layer }) => formatLayer(group, layer)).join(', ');
    throw notAGate(
      text,
      `there is no layer ${formatLayer(scope.group, scope.layer)} in these profiles; there are ${names}`,
    );
  }
}
