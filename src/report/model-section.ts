import { grouped, counted } from './numbers.js';
import { pairs } from './text-table.js';
import { shortEnd } from './text-width.js';
import type { ProfileView } from './view.js';
import { visible } from './visible.js';

const HASH_DIGITS = 16;
const TERM = 12;

/** What `--tap` reads, in words. */
export const TAPS: Readonly<Record<string, string>> = {
  post: 'post (what enters the down projection)',
  pre: 'pre (what enters the activation function)',
  act: 'act (the activation, before the product of the gate)',
  up: 'up (the factor beside the activation)',
};

/** What was profiled, and how. */
export function modelSection(
  { manifest: { model, settings, tokenizer, summary } }: ProfileView,
  width: number,
): string[] {
  const room = width - TERM;
  const layers =
    model.sites.length === model.layers_in_model
      ? counted(model.sites.length, 'layer')
      : `${grouped(model.sites.length)} of ${counted(model.layers_in_model, 'layer')}`;
  return pairs([
    ['model', shortEnd(visible(model.path), room)],
    [
      'sha256',
      model.files
        .map(({ sha256 }) => sha256.slice(0, HASH_DIGITS))
        .slice(0, 3)
        .join(', '),
    ],
    ['parameters', grouped(model.parameters)],
    ['neurons', `${grouped(summary.neurons)} in ${layers}`],
    ...shapes(model.sites).map((shape, i): [string, string] => [i === 0 ? 'FFN' : '', shortEnd(shape, room)]),
    ['tap', TAPS[model.tap] ?? model.tap],
    [
      'tokenizer',
      tokenizer === null ? 'none: the records bring their ids' : shortEnd(visible(tokenizer.path), room),
    ],
    ['examples', exampleRule(settings)],
  ]);
}

/** Every shape of FFN once, with how many layers have it. */
function shapes(sites: ProfileView['manifest']['model']['sites']): string[] {
  const seen = new Map<string, number>();
  for (const { group, d_model, d_mlp, activation, gated } of sites) {
    const shape = `${group === '' ? '' : `${group}: `}${d_model} → ${grouped(d_mlp)} → ${d_model}, ${activation}${gated ? ', gated' : ''}`;
    seen.set(shape, (seen.get(shape) ?? 0) + 1);
  }
  return Array.from(seen, ([shape, layers]) =>
    seen.size === 1 ? shape : `${shape} (${counted(layers, 'layer')})`,
  );
}

function exampleRule(settings: ProfileView['manifest']['settings']): string {
  const distinct = settings['distinct'];
  const rule = distinct === 'none' ? '' : `, at most one a ${distinct as string}`;
  return `the ${settings['top'] as number} best of each neuron${rule}, ${settings['per'] === 'window' ? 'a window' : 'a token'} each`;
}
