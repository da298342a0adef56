import { figure, grouped } from '../../numbers.js';
import { visible } from '../../visible.js';
import type { PageExample } from '../packed-examples.js';
import { h } from './dom.js';
import type { Store } from './store.js';
import { piecesOf } from './token-view.js';

/** An example: activation, where it stands, and its context, each token shaded by this neuron's activation. */
export function exampleItem(store: Store, example: PageExample, most: number): HTMLElement {
  return h(
    'li',
    { class: 'example' },
    h(
      'div',
      { class: 'example-head' },
      h('span', { class: 'value' }, figure(example.value)),
      placeOf(store, example),
    ),
    context(store, example, most),
  );
}

/** An example of any kind. */
type Example = PageExample<string>;

/** Where an example stands. @param before what is said first */
export function placeOf(
  store: Store,
  { document, position, window, file, line, id }: Example,
  before = '',
): HTMLElement {
  const source = `${visible(store.tokens.files[file]!)}:${line}`;
  const at = `${grouped(document)}:${grouped(position)}`;
  const title = `document ${grouped(document)}, window ${window}, position ${grouped(position)}; ${source}`;
  return h(
    'span',
    { class: 'place', title },
    `${before === '' ? '' : `${before} at `}${at}${id === null ? '' : ` ${visible(id)}`}`,
  );
}

/**
 * The context as text, the firing token outlined.
 * @param most magnitude that is shaded fully
 * @param around tokens shown each side of the firing one
 */
export function context(store: Store, example: Example, most: number, around = Infinity): HTMLElement {
  const pieces = piecesOf(store, example).map(visible);
  // A token that ends a character begun before it: the outline stands round that character.
  let first = example.firing;
  while (first > 0 && pieces[first] === '') first--;
  const paragraph = h('p', { class: 'context', dir: 'auto' });
  pieces.forEach((piece, i) => {
    if (piece === '' || Math.abs(i - first) > around) return;
    const text = i === 0 || i === first - around ? piece.trimStart() : piece;
    // A blank before the firing token stands outside the outline.
    const blank = i === first ? /^ +(?=[^ ])/.exec(text)?.[0] : undefined;
    if (blank !== undefined) paragraph.append(blank);
    paragraph.append(token(text.slice(blank?.length ?? 0), example.shades[i]!, most, i === first, example));
  });
  return paragraph;
}

function token(text: string, shade: number, most: number, fires: boolean, { value }: Example): HTMLElement {
  const says = fires ? figure(value) : `≈ ${figure(Math.abs(shade) < most / 252 ? 0 : shade)}`;
  const element = h(fires ? 'mark' : 'span', { title: says }, text);
  const strength = Number.isNaN(shade) ? 0 : Math.min(1, Math.abs(shade) / most);
  if (strength > 0.02) {
    element.classList.add(shade > 0 ? 'pos' : 'neg');
    element.style.setProperty('--a', `${Math.round(100 * strength)}%`);
  }
  return element;
}

/** What the colours mean. */
export function shadeLegend(most: number): HTMLElement {
  return h(
    'p',
    { class: 'legend' },
    h('span', {}, figure(-most)),
    h('span', { class: 'ramp', 'aria-hidden': 'true' }),
    h('span', {}, figure(most)),
    h(
      'span',
      { class: 'legend-words' },
      'activation on each token; the outlined token is the one that fires',
    ),
  );
}

/** The largest magnitude among an example list's shades: what is shaded fully. */
export function mostOf(examples: readonly Example[]): number {
  let most = 0;
  for (const { shades } of examples) {
    for (const shade of shades)
      if (Math.abs(shade) > most && Math.abs(shade) < Infinity) most = Math.abs(shade);
  }
  return most > 0 ? most : 1;
}
