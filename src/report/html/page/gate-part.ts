import { GATE_SIGNS, type GateSigns } from '../../../profile/format.js';
import { figure, grouped, percent } from '../../numbers.js';
import type { PageExample } from '../packed-examples.js';
import { commandLine } from './command-line.js';
import { h, type Child } from './dom.js';
import { context, mostOf, placeOf } from './example-view.js';
import type { Store } from './store.js';

/** How often gate and other factor have which signs, and the largest product of each case; null where not asked for. */
export async function gatePart(store: Store, row: number): Promise<HTMLElement | null> {
  const { gates } = store.parts;
  if (gates === null) return null;
  const examples = await store.gateExamplesOf(row);
  const most = mostOf(examples);
  const cases = GATE_SIGNS.flatMap((signs, i) => {
    const count = gates[i]!.count[row]!;
    if (count === 0) return [];
    const example = examples.find(({ side }) => side === signs);
    const says = [
      h('span', { class: 'value' }, `${signWords(signs)}  ${percent(count / store.columns.count[row]!)}`),
      h('span', { class: 'place' }, `mean ${figure(gates[i]!.mean[row]!)}, ${grouped(count)} tokens`),
    ];
    return [caseItem(store, says, example, most)];
  });
  return h(
    'section',
    { class: 'gates', 'aria-label': 'Signs of gate and other factor' },
    h('h2', {}, 'Signs of gate and other factor'),
    h('p', { class: 'faint' }, LEGEND),
    cases.length === 0
      ? h('p', { class: 'absent' }, 'No token on which gate and other factor have signs.')
      : h('ol', { class: 'examples' }, ...cases),
    ...(examples.length > 0 || store.facts.has.examples ? [] : elsewhere(store, row)),
  );
}

/** Where the examples are, if not in this file; a profile that has others says so below them. */
function elsewhere(store: Store, row: number): Child[] {
  return [
    h('p', {}, 'The largest products are not in this file; the profile has them:'),
    commandLine('show', store.nameOf(row)),
  ];
}

const LEGEND =
  'Share of tokens by the signs of act(gate) and of the factor that it is multiplied with, the mean product, and the largest in its context. No case: a factor is exactly 0, or the product is not finite.';

function signWords(signs: GateSigns): string {
  return [...signs].join(' ').replaceAll('-', '−');
}

function caseItem(
  store: Store,
  says: Child[],
  example: PageExample<GateSigns> | undefined,
  most: number,
): HTMLElement {
  if (example === undefined)
    return h('li', { class: 'example' }, h('div', { class: 'example-head' }, ...says));
  return h(
    'li',
    { class: 'example' },
    h('div', { class: 'example-head' }, ...says, placeOf(store, example, figure(example.value))),
    context(store, example, most),
  );
}
