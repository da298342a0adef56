import { h } from './dom.js';

/** Pixels of a row, as page.css has them. */
export const ROW_PIXELS = 34;
/** Rows drawn beyond what is seen, above and below. */
const BEYOND = 10;
/** Rows on paper. */
const PRINTED = 500;

/**
 * Draws only the rows of a long table that can be seen. Two empty rows stand for
 * those above and below, so that the scroll bar is that of the whole.
 */
export class VirtualRows {
  readonly body = h('tbody');
  private readonly scroller: HTMLElement;
  private readonly draw: (index: number) => HTMLTableRowElement;
  private count = 0;
  private first = 0;
  private end = 0;

  /** @param draw makes the row at a place from 0 */
  constructor(scroller: HTMLElement, draw: (index: number) => HTMLTableRowElement) {
    this.scroller = scroller;
    this.draw = draw;
    scroller.addEventListener('scroll', () => this.update(), { passive: true });
    new ResizeObserver(() => this.update()).observe(scroller);
  }

  /** Draws anew, for other rows. */
  reset(count: number): void {
    this.count = count;
    this.first = this.end = -1;
    this.update();
  }

  /** Draws the first rows, for paper, or what can be seen. */
  print(isPrinting: boolean): void {
    if (isPrinting) this.show(0, Math.min(this.count, PRINTED), false);
    else this.reset(this.count);
  }

  scrollTo(index: number): void {
    const top = index * ROW_PIXELS;
    const seen = this.scroller.clientHeight - 2 * ROW_PIXELS;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top > this.scroller.scrollTop + seen) this.scroller.scrollTop = top - seen;
    this.update();
  }

  private update(): void {
    const seen = Math.ceil(this.scroller.clientHeight / ROW_PIXELS);
    const top = Math.floor(this.scroller.scrollTop / ROW_PIXELS);
    const first = Math.max(0, Math.min(top - BEYOND, this.count - seen));
    const end = Math.min(this.count, top + seen + BEYOND);
    if (first === this.first && end === this.end) return;
    this.show(first, end, true);
  }

  private show(first: number, end: number, padded: boolean): void {
    const focused = this.focusedIndex();
    this.first = first;
    this.end = end;
    const rows: HTMLElement[] = [];
    if (padded) rows.push(space(first));
    for (let i = first; i < end; i++) rows.push(this.draw(i));
    if (padded) rows.push(space(this.count - end));
    this.body.replaceChildren(...rows);
    if (focused !== null) this.linkAt(focused)?.focus({ preventScroll: true });
  }

  /** The link of the row at a place, if it is drawn. */
  linkAt(index: number): HTMLElement | null {
    return this.body.querySelector<HTMLElement>(`tr[data-index="${index}"] a`);
  }

  /** Place of the row that has the focus. */
  focusedIndex(): number | null {
    const row = document.activeElement?.closest<HTMLElement>('tr[data-index]');
    return row == null || !this.body.contains(row) ? null : Number(row.dataset['index']);
  }
}

function space(rows: number): HTMLElement {
  const row = h('tr', { class: 'space', 'aria-hidden': 'true' });
  row.style.height = `${rows * ROW_PIXELS}px`;
  return row;
}
