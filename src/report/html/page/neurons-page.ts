import { EXPLAINED_BY } from '../../../profile/explained.js';
import { grouped } from '../../numbers.js';
import { h } from './dom.js';
import type { Leafing } from './neuron-page.js';
import { linkTo, replaceQuery } from './route.js';
import { sortRows } from './sort-rows.js';
import type { Store } from './store.js';
import { columnsOf, type TableColumn } from './table-columns.js';
import { parseQuery } from './table-query.js';
import { VirtualRows } from './virtual-rows.js';

const HINT = 'L5  kurtosis>50  active<1%  is:dead  token:king';

/** The table of all neurons; it stays as it was left. */
export class NeuronsPage {
  readonly element: HTMLElement;
  private readonly store: Store;
  private readonly columns: TableColumn[];
  private readonly virtual: VirtualRows;
  private readonly scroller: HTMLElement;
  private readonly table: HTMLTableElement;
  private readonly filter: HTMLInputElement;
  private readonly count = h('p', { class: 'count', role: 'status' });
  private readonly headers: HTMLElement[];
  private rows: Uint32Array = new Uint32Array(0);
  private sort: { key: string; descending: boolean };
  private query = '';

  constructor(store: Store) {
    this.store = store;
    this.columns = columnsOf(store);
    this.sort = this.defaultSort();
    this.filter = h('input', {
      ...{ type: 'search', id: 'filter', placeholder: HINT, autocomplete: 'off', spellcheck: 'false' },
      ...{ 'aria-describedby': 'filter-count' },
      input: () => this.set(this.filter.value, this.sort),
    });
    this.count.id = 'filter-count';
    this.headers = this.columns.map((column) => this.header(column));
    this.scroller = h('div', {
      class: 'scroller',
      tabindex: 0,
      role: 'region',
      'aria-label': 'Table of neurons',
    });
    this.scroller.addEventListener('keydown', (event) => this.onKey(event));
    this.virtual = new VirtualRows(this.scroller, (index) => this.row(index));
    this.table = h(
      'table',
      { class: 'neurons' },
      h('thead', {}, h('tr', {}, ...this.headers)),
      this.virtual.body,
    );
    this.scroller.append(this.table);
    window.addEventListener('beforeprint', () => this.virtual.print(true));
    window.addEventListener('afterprint', () => this.virtual.print(false));
    this.element = h(
      'section',
      { class: 'table-page' },
      h('div', { class: 'title-row' }, h('h1', { tabindex: -1 }, 'Neurons'), this.count),
      h('div', { class: 'toolbar' }, h('label', { for: 'filter' }, 'Filter'), this.filter, this.presets()),
      this.scroller,
    );
    this.apply();
  }

  /** Takes filter and order from a link. */
  open(query: URLSearchParams): void {
    const sort = query.get('sort');
    const key = sort?.replace(/^-/, '');
    const isKnown = this.columns.some((column) => column.key === key);
    this.query = this.filter.value = query.get('q') ?? '';
    this.sort = isKnown ? { key: key!, descending: sort!.startsWith('-') } : this.defaultSort();
    this.apply();
  }

  /** A link to the table as it is. */
  link(): string {
    return linkTo('neurons', this.parameters());
  }

  leafing(): Leafing {
    const title = this.columns.find(({ key }) => key === this.sort.key)!.title;
    return { rows: this.rows, says: `by ${title.toLowerCase()}${this.query === '' ? '' : ', filtered'}` };
  }

  private defaultSort(): { key: string; descending: boolean } {
    return { key: this.store.facts.has.figures ? 'rank' : 'max', descending: true };
  }

  private parameters(): Record<string, string> {
    const { key, descending } = this.sort;
    const usual = this.defaultSort();
    const isUsual = key === usual.key && descending === usual.descending;
    return { q: this.query, sort: isUsual ? '' : `${descending ? '-' : ''}${key}` };
  }

  private set(query: string, sort: { key: string; descending: boolean }): void {
    this.query = query;
    this.sort = sort;
    replaceQuery('neurons', this.parameters());
    this.scroller.scrollTop = 0;
    this.apply();
  }

  private apply(): void {
    const { store } = this;
    const { test, wrong } = parseQuery(store, this.query);
    const all = Uint32Array.from({ length: store.rows }, (_, row) => row);
    const kept = this.query.trim() === '' ? all : all.filter(test);
    const column = this.columns.find(({ key }) => key === this.sort.key)!;
    this.rows = sortRows(kept, column.values(store), this.sort.descending);
    const { neurons } = store.facts.summary;
    const beyond = neurons > store.rows ? `, of ${grouped(neurons)} in the profile` : '';
    const not = wrong.length === 0 ? '' : ` – not understood: ${wrong.join(' ')}`;
    this.count.textContent = `${grouped(this.rows.length)} of ${grouped(store.rows)} neurons${beyond}${not}`;
    this.table.setAttribute('aria-rowcount', `${this.rows.length + 1}`);
    this.headers.forEach((header, i) => {
      const isSorted = this.columns[i]!.key === this.sort.key;
      header.setAttribute(
        'aria-sort',
        isSorted ? (this.sort.descending ? 'descending' : 'ascending') : 'none',
      );
    });
    this.virtual.reset(this.rows.length);
  }

  private header({ key, title, hint, kind }: TableColumn): HTMLElement {
    if (kind === 'picture') return h('th', { scope: 'col', class: kind, title: hint }, title);
    const sort = () => {
      const isSorted = this.sort.key === key;
      const first = kind === 'number';
      this.set(this.query, { key, descending: isSorted ? !this.sort.descending : first });
    };
    return h(
      'th',
      { scope: 'col', class: kind, title: hint },
      h('button', { type: 'button', click: sort }, title),
    );
  }

  private row(index: number): HTMLTableRowElement {
    const row = this.rows[index]!;
    const cells = this.columns.map((column, i) =>
      h(
        i === 0 ? 'th' : 'td',
        { class: column.kind, ...(i === 0 ? { scope: 'row' } : {}) },
        column.cell(this.store, row),
      ),
    );
    const isHere = this.store.hasExamples(row);
    return h(
      'tr',
      { 'data-index': index, 'aria-rowindex': index + 2, class: isHere ? 'here' : null },
      ...cells,
    );
  }

  private presets(): HTMLElement {
    const { store } = this;
    const choices = [
      ['all', ''],
      ...(store.facts.has.figures
        ? ([
            ['live', 'is:live'],
            ['rare', 'is:rare'],
            ['dead', 'is:dead'],
          ] as const)
        : []),
      ...(store.facts.summary.broken > 0 ? ([['broken', 'is:broken']] as const) : []),
      ...(store.facts.has.examples ? ([['examples here', 'is:here']] as const) : []),
      ...classesOf(store).map((name) => [name, `class:${name}`] as const),
    ] as const;
    return h(
      'span',
      { class: 'presets', role: 'group', 'aria-label': 'Usual filters' },
      ...choices.map(([title, query]) =>
        h('button', { type: 'button', click: () => this.set((this.filter.value = query), this.sort) }, title),
      ),
    );
  }

  /** Arrows, Page, Home and End move from neuron to neuron. */
  private onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / 34) - 2);
    const steps: Record<string, number> = {
      ...{ ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page },
      ...{ Home: -Infinity, End: Infinity },
    };
    const step = steps[event.key];
    if (step === undefined || this.rows.length === 0 || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const focused = this.virtual.focusedIndex();
    const from = focused ?? -1;
    const to = Math.max(0, Math.min(this.rows.length - 1, focused === null && step < 0 ? 0 : from + step));
    event.preventDefault();
    this.virtual.scrollTo(to);
    this.virtual.linkAt(to)?.focus({ preventScroll: true });
  }
}

/** What some neuron of the table is named for. */
function classesOf({ parts: { explained } }: Store): string[] {
  return EXPLAINED_BY.filter((name, number) => name !== '' && explained?.explainedBy.includes(number));
}
