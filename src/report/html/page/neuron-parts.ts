import { EXPLAINED_BY } from '../../../profile/explained.js';
import { EXPLAINED_NAMES } from '../../explained-words.js';
import { decimals } from '../../numbers.js';
import { visible } from '../../visible.js';
import { LABELS_KEPT, type LabelColumns } from '../label-columns.js';
import { commandLine } from './command-line.js';
import { h, type Child } from './dom.js';
import { probability } from './probability.js';
import type { Store } from './store.js';

/** What explains a neuron, and the labels it follows best: each where the profile was asked for it. */
export function neuronParts(store: Store, row: number): HTMLElement | null {
  const parts = [explainedPart(store, row), labelsPart(store, row)].filter((part) => part !== null);
  return parts.length === 0 ? null : h('div', { class: 'parts' }, ...parts);
}

const KIND_WORDS = { token: 'token', previous: 'token before', position: 'position' } as const;

function explainedPart({ parts: { explained } }: Store, row: number): HTMLElement | null {
  if (explained === null) return null;
  const by = EXPLAINED_BY[explained.explainedBy[row]!]!;
  const name = by === '' ? 'not named for any of these' : EXPLAINED_NAMES[by];
  const shares = explained.kinds.map(({ kind, epsilon2, eta2 }) => [
    KIND_WORDS[kind],
    decimals(epsilon2[row]!, 3),
    decimals(eta2[row]!, 3),
  ]);
  return h(
    'section',
    { class: 'explained', 'aria-label': 'What explains it' },
    h('h2', {}, 'What explains it'),
    h('p', { class: 'named' }, name),
    table(['share of the variance', 'ε²', 'η²'], shares),
    h('p', { class: 'faint' }, 'ε²: η² less what chance gives.'),
  );
}

function labelsPart(store: Store, row: number): HTMLElement | null {
  const { spans, concepts } = store.parts;
  if (spans === null && concepts === null) return null;
  return h(
    'section',
    { class: 'labels', 'aria-label': 'Labels it follows' },
    h('h2', {}, 'Labels it follows'),
    ...(spans === null ? [] : labelTable('inside of', 'dz', spans, row)),
    ...(concepts === null ? [] : labelTable('documents of', 'd', concepts, row)),
    h(
      'p',
      { class: 'faint' },
      `Those of largest effect, ${LABELS_KEPT.most} at most, with q of ${LABELS_KEPT.largestQ} or less. F1: on documents that did not choose its threshold. All of them:`,
    ),
    commandLine('concepts', '--neuron', store.nameOf(row), '--sort', 'd'),
  );
}

function labelTable(title: string, effect: string, { names, ranks }: LabelColumns, row: number): Child[] {
  const rows = ranks.flatMap((rank) => {
    const name = names[rank.name[row]!];
    if (name === undefined) return [];
    const [size, f1] = [decimals(rank.effect[row]!, 2), decimals(rank.f1[row]!, 2)];
    return [[visible(`${name.field}=${name.label}`), size, f1, probability(rank.q[row]!)]];
  });
  if (rows.length === 0) return [h('p', { class: 'absent' }, `${title}: none is sure enough`)];
  return [table([title, effect, 'F1', 'q'], rows)];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  return h(
    'div',
    { class: 'wide' },
    h(
      'table',
      { class: 'plain' },
      h('thead', {}, h('tr', {}, ...titles.map((title) => h('th', { scope: 'col' }, title)))),
      h(
        'tbody',
        {},
        ...rows.map(([name, ...cells]) =>
          h('tr', {}, h('th', { scope: 'row' }, name!), ...cells.map((cell) => h('td', {}, cell))),
        ),
      ),
    ),
  );
}
