import * as Plot from '@observablehq/plot';
import { h } from './dom.js';

export { Plot };

/** What every chart of the page has in common; the class is the one that assets.ts allows a style for. */
const COMMON = { className: 'chart', style: { overflow: 'visible' } } as const;

/**
 * A figure with a chart that is drawn anew when its width changes.
 * @param label what the chart shows, for who does not see it
 */
export function chart(
  label: string,
  height: number,
  draw: (width: number) => Plot.PlotOptions,
): { element: HTMLElement; redraw: () => void } {
  const element = h('div', { class: 'plot', role: 'img', 'aria-label': label });
  let width = 0;
  const redraw = () => {
    if (width === 0) return;
    const plot = Plot.plot({ ...COMMON, width, height, ...draw(width) });
    plot.setAttribute('aria-hidden', 'true');
    element.replaceChildren(plot);
  };
  new ResizeObserver(([entry]) => {
    const now = Math.round(entry!.contentRect.width);
    if (now === width || now === 0) return;
    width = now;
    redraw();
  }).observe(element);
  return { element, redraw };
}
