import { grouped, counted } from '../../numbers.js';
import { visible } from '../../visible.js';
import type { PageExample } from '../packed-examples.js';
import { h } from './dom.js';
import { context, mostOf } from './example-view.js';
import { linkTo } from './route.js';
import type { Store } from './store.js';
import { piecesOf, tokenAlone } from './token-view.js';

/** Neurons shown of each kind of match. */
const SHOWN = 60;

interface Match {
  row: number;
  /** Examples that have it. */
  examples: number;
  best: PageExample;
  most: number;
}

/** What neurons respond to: those whose top token has a text, and those whose examples do. */
export function searchPage(store: Store, text: string): HTMLElement {
  const wanted = text.trim().toLowerCase();
  const page = h(
    'section',
    { class: 'search-page' },
    h('h1', { tabindex: -1 }, `Search: ${visible(text.trim())}`),
  );
  if (wanted === '') {
    page.append(
      h('p', {}, 'Type what to look for into the field above: a token, a text, or the name of a neuron.'),
    );
    return page;
  }
  page.append(tokenMatches(store, wanted), exampleMatches(store, wanted));
  return page;
}

function tokenMatches(store: Store, wanted: string): HTMLElement {
  const ids = store.columns.max_token_id;
  const known = new Map<number, boolean>();
  const rows: number[] = [];
  for (let row = 0; row < store.rows; row++) {
    const id = ids[row]!;
    let holds = known.get(id);
    if (holds === undefined) known.set(id, (holds = tokenAlone(store, id).toLowerCase().includes(wanted)));
    if (holds) rows.push(row);
  }
  const list = rows
    .slice(0, SHOWN)
    .map((row) =>
      h(
        'li',
        {},
        h('a', { class: 'mono', href: linkTo(store.nameOf(row)) }, store.nameOf(row)),
        ' ',
        h('code', {}, tokenAlone(store, ids[row]!)),
      ),
    );
  const all = /\s/.test(wanted)
    ? null
    : h(
        'p',
        {},
        h(
          'a',
          { href: linkTo('neurons', { q: `token:${wanted}` }) },
          `These ${grouped(rows.length)} in the table`,
        ),
      );
  return h(
    'section',
    {},
    h('h2', {}, 'Largest on this token'),
    h(
      'p',
      { class: 'covers' },
      `${counted(rows.length, 'neuron')}, of all ${grouped(store.rows)} in this file: their largest value is on a token that contains it.`,
    ),
    rows.length === 0 ? null : h('ul', { class: 'token-list' }, ...list),
    rows.length > SHOWN ? all : null,
  );
}

function exampleMatches(store: Store, wanted: string): HTMLElement {
  const { facts, listed } = store;
  const covers = h('p', { class: 'covers', role: 'status' }, 'Searching …');
  const list = h('ol', { class: 'matches' });
  const section = h('section', {}, h('h2', {}, 'In the examples'), covers, list);
  if (listed.length === 0 || !facts.has.examples) {
    covers.textContent = 'This file holds no examples to search.';
    return section;
  }
  void findMatches(store, wanted).then((matches) => {
    const share = `the examples of ${grouped(listed.length)} of ${grouped(facts.summary.neurons)} neurons, which are those in this file`;
    covers.textContent = `${counted(matches.length, 'neuron')}. Searched were ${share}.${matches.length > SHOWN ? ` The first ${SHOWN}:` : ''}`;
    list.append(...matches.slice(0, SHOWN).map((match) => matchItem(store, match)));
  });
  return section;
}

/** Neurons with the most such examples first; of equals the better ranked. */
async function findMatches(store: Store, wanted: string): Promise<Match[]> {
  const matches: Match[] = [];
  for await (const { rows, examples } of store.everyExample()) {
    rows.forEach((row, i) => {
      const found = examples[i]!.filter((example) => textOf(store, example).includes(wanted));
      if (found.length === 0) return;
      matches.push({ row, examples: found.length, best: found[0]!, most: mostOf(examples[i]!) });
    });
  }
  return matches.sort((a, b) => b.examples - a.examples);
}

function textOf(store: Store, example: PageExample): string {
  return piecesOf(store, example).join('').replace(/\s+/g, ' ').toLowerCase();
}

function matchItem(store: Store, { row, examples, best, most }: Match): HTMLElement {
  return h(
    'li',
    { class: 'example' },
    h(
      'div',
      { class: 'example-head' },
      h('a', { class: 'mono', href: linkTo(store.nameOf(row)) }, store.nameOf(row)),
      h('span', { class: 'place' }, counted(examples, 'example')),
    ),
    context(store, best, most),
  );
}
