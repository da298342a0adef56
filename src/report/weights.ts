import { formatNeuron, type NeuronId } from '../core/neuron-name.js';
import { figure, grouped } from './numbers.js';
import type { Paint } from './paint.js';
import { pairs, textTable, wrap } from './text-table.js';
import type { TokenScheme } from './token-text.js';
import { tokenWord } from './token-word.js';

/** What is shown of a neuron's weights; NaN where a figure is not known. */
export interface WeightsView extends NeuronId {
  inputNorm: number;
  gateNorm: number;
  outputNorm: number;
  cosInputOutput: number;
  cosGateInput: number;
  cosGateOutput: number;
  raises: EffectsView | null;
  lowers: EffectsView | null;
}

/** Tokens and what happens to their logits, most first. */
export interface EffectsView {
  ids: ArrayLike<number>;
  by: ArrayLike<number>;
}

export interface WeightsLook {
  paint: Paint;
  width: number;
  /** The vocabulary's string of an id; null without a tokenizer. */
  tokenOf: ((id: number) => string | null) | null;
  scheme: TokenScheme;
}

/** What a neuron reads and writes, by its weights. */
export function renderWeights(neuron: WeightsView, look: WeightsLook): string {
  const { raises, lowers } = neuron;
  return [
    look.paint.heading(formatNeuron(neuron)),
    ...pairs([
      [
        'norms',
        figures([
          ['input', neuron.inputNorm],
          ['gate', neuron.gateNorm],
          ['output', neuron.outputNorm],
        ]),
      ],
      [
        'cosines',
        figures([
          ['input·output', neuron.cosInputOutput],
          ['gate·input', neuron.cosGateInput],
          ['gate·output', neuron.cosGateOutput],
        ]),
      ],
    ]),
    ...(raises === null || lowers === null ? [] : effectLines(raises, lowers, look)),
  ].join('\n');
}

function figures(all: readonly (readonly [name: string, value: number])[]): string {
  const known = all
    .filter(([, value]) => !Number.isNaN(value))
    .map(([name, value]) => `${name} ${figure(value)}`);
  return known.length === 0 ? 'not known' : known.join('  ');
}

function effectLines(raises: EffectsView, lowers: EffectsView, look: WeightsLook): string[] {
  const columns = ['raises', 'token', 'id', '', 'lowers', 'token', 'id'].map((title, i) => ({
    title,
    align: i === 1 || i === 5 ? ('left' as const) : ('right' as const),
  }));
  const cells = ({ ids, by }: EffectsView, i: number) =>
    i < ids.length ? [signed(by[i]!), wordOf(ids[i]!, look), String(ids[i]!)] : ['', '', ''];
  const rows = Array.from({ length: Math.max(raises.ids.length, lowers.ids.length) }, (_, i) => [
    ...cells(raises, i),
    '',
    ...cells(lowers, i),
  ]);
  return textTable(columns, rows).map((line) => `  ${line}`);
}

function signed(value: number): string {
  return value > 0 ? `+${figure(value)}` : figure(value);
}

function wordOf(id: number, { tokenOf, scheme }: Pick<WeightsLook, 'tokenOf' | 'scheme'>): string {
  const token = tokenOf?.(id) ?? null;
  return token === null ? '–' : tokenWord(token, scheme);
}

/** What the logits are, and are not, in words. */
export function effectWords(
  found: { vocabulary: number; norm: 'LayerNorm' | 'RMSNorm' | 'none'; capped: boolean } | null,
  whyNone: string | null,
  width: number,
): string[] {
  if (found === null) return wrap(`No logits: ${whyNone ?? 'there is no unembedding'}.`, width);
  const norm =
    found.norm === 'none'
      ? ''
      : ` and the gain of the final ${found.norm}, an approximation: its scale, which hangs on the text, and its bias are left out`;
  const cap = found.capped ? ' The soft cap at the end is left out.' : '';
  return wrap(
    `raises, lowers: change of the logit of each of ${grouped(found.vocabulary)} tokens for one unit of activation, through the output weights${norm}. ` +
      `It is the direct way only: what later layers make of it is not in it.${cap}`,
    width,
  );
}
