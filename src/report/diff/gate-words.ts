import type { Gate } from '../../analyse/diff/gate-grammar.js';
import type { GateResult, JudgedGate } from '../../analyse/diff/judge-gates.js';
import type { Measure } from '../../analyse/diff/neuron-diff.js';
import { figure, grouped } from '../numbers.js';

const UNITS: Readonly<Record<Measure, string>> = {
  js: ' bits',
  w1: '',
  w1_sigma: ' σ',
  shift: ' σ',
  jaccard: '',
  rbo: '',
};

/** Places that a gate failed at which are named one by one. */
const NAMED = 4;

/** What a gate found, where: `all: +1.538 points (12 → 32)`. */
export function gateWords({ gate, results }: JudgedGate): string {
  const named = results.slice(0, NAMED).map((result) => `${result.where}: ${valueWords(gate, result)}`);
  const rest = results.length - NAMED;
  return [...named, ...(rest > 0 ? [`and ${grouped(rest)} more layers`] : [])].join('; ');
}

function valueWords({ quantity, bound }: Gate, { value, before, after }: GateResult): string {
  if (value !== value) return 'no neuron has it, so it cannot be judged';
  const sign = value > 0 ? '+' : '';
  const since =
    before !== null && after !== null && bound.kind !== 'value'
      ? ` (${plain(before)} → ${plain(after)})`
      : '';
  if (bound.kind === 'ratio') return `x${exact(value)}${since}`;
  if (bound.kind === 'change') return `${sign}${exact(value)}${bound.percent ? ' points' : ''}${since}`;
  if (bound.percent) return `${exact(value)} %`;
  return `${exact(value)}${quantity.kind === 'measure' ? UNITS[quantity.name] : ''}`;
}

/** Six significant digits: a value that misses its bound by little must not look equal to it. */
function exact(value: number): string {
  if (!Number.isFinite(value)) return figure(value);
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

function plain(value: number): string {
  return Number.isInteger(value) ? grouped(value) : figure(value);
}
