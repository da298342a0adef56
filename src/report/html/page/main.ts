/*! Charts: Observable Plot, Copyright 2020-2025 Observable, Inc., and D3, Copyright 2010-2023 Mike Bostock. ISC License:
Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.
THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE. */
import './main.css';
import { CAUTION } from '../../caution.js';
import { aboutPage } from './about-page.js';
import { h } from './dom.js';
import { neuronPage, rowNamed } from './neuron-page.js';
import { NeuronsPage } from './neurons-page.js';
import { overviewPage } from './overview-page.js';
import { linkTo, routeOf } from './route.js';
import { searchPage } from './search-page.js';
import { openStore, type Store } from './store.js';
import { themeButton } from './theme.js';

async function start(): Promise<void> {
  const page = document.querySelector('#page')!;
  page.append(h('p', { class: 'loading', role: 'status' }, 'Unpacking …'));
  const store = await openStore();
  const neurons = new NeuronsPage(store);
  const main = h('main', { id: 'main' });
  const tableLink = h('a', { href: linkTo('neurons') }, 'Neurons');
  const search = searchForm(store);
  page.replaceChildren(
    h('a', { class: 'skip', href: '#main', click: (event) => skip(event, main) }, 'Skip to the content'),
    header(tableLink, search),
    main,
    h('footer', {}, h('p', {}, CAUTION)),
  );

  let turn = 0;
  const show = async (isFirst: boolean) => {
    const route = routeOf(location.hash);
    const mine = ++turn;
    if (route.name === 'neurons') neurons.open(route.query);
    const shown = await pageOf(store, neurons, route);
    if (mine !== turn) return; // another link was followed meanwhile
    tableLink.setAttribute('href', neurons.link());
    main.replaceChildren(shown);
    main.dataset['route'] = route.name;
    for (const link of page.querySelectorAll('header nav a')) {
      const isHere = routeOf(link.getAttribute('href')!).name === route.name;
      if (isHere) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    if (isFirst) return;
    scrollTo(0, 0);
    main.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  };
  addEventListener('hashchange', () => void show(false));
  addEventListener('keydown', (event) => onKey(event, main, search));
  await show(true);
}

function pageOf(
  store: Store,
  neurons: NeuronsPage,
  { name, query }: ReturnType<typeof routeOf>,
): HTMLElement | Promise<HTMLElement> {
  switch (name) {
    case 'overview':
      return overviewPage(store);
    case 'neurons':
      return neurons.element;
    case 'search':
      return searchPage(store, query.get('q') ?? '');
    case 'about':
      return aboutPage(store);
    default:
      return neuronPage(store, name, neurons.leafing());
  }
}

function header(tableLink: HTMLElement, search: HTMLElement): HTMLElement {
  return h(
    'header',
    {},
    h('a', { class: 'brand', href: linkTo('overview') }, 'neuroprobe'),
    h(
      'nav',
      { 'aria-label': 'Pages' },
      h('a', { href: linkTo('overview') }, 'Overview'),
      tableLink,
      h('a', { href: linkTo('about') }, 'About'),
    ),
    search,
    themeButton(),
  );
}

/** A field for the name of a neuron, which opens its page, or anything else, which is searched for. */
function searchForm(store: Store): HTMLFormElement {
  const field = h('input', {
    ...{
      type: 'search',
      'aria-label': 'Find a neuron, a token or a text',
      placeholder: 'L5.N1337, a token, a text',
    },
    ...{ autocomplete: 'off', spellcheck: 'false' },
  });
  return h(
    'form',
    {
      role: 'search',
      submit: (event) => {
        event.preventDefault();
        const row = rowNamed(store, field.value);
        location.hash = row === null ? linkTo('search', { q: field.value }) : linkTo(store.nameOf(row));
      },
    },
    field,
  );
}

function skip(event: Event, main: HTMLElement): void {
  event.preventDefault();
  main.querySelector<HTMLElement>('h1')?.focus();
}

function onKey(event: KeyboardEvent, main: HTMLElement, search: HTMLElement): void {
  const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/') {
    event.preventDefault();
    search.querySelector('input')!.focus();
  }
  const relation = { n: 'next', p: 'prev' }[event.key];
  if (relation !== undefined) main.querySelector<HTMLElement>(`a[rel=${relation}]`)?.click();
}

void start().catch((error: unknown) => {
  const says = `This page could not be shown: ${String(error)}. It needs a browser of 2024 or later.`;
  document.querySelector('#page')!.replaceChildren(h('p', { class: 'loading' }, says));
});
