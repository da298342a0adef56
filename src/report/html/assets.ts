import { readFileSync } from 'node:fs';
import type { PageAssets } from './document.js';

/** Built by `npm run build` from page/, whether this file runs from src or from dist. */
const FOLDER = new URL('../../../dist/report/html/page/', import.meta.url);

/**
 * Observable Plot puts this style into each chart (src/plot.js), of the class
 * that page/chart.ts gives them; a page whose policy names styles must allow it.
 */
export const PLOT_STYLE = `:where(.chart) {
  --plot-background: white;
  display: block;
  height: auto;
  height: intrinsic;
  max-width: 100%;
}
:where(.chart text),
:where(.chart tspan) {
  white-space: pre;
}`;

let read: PageAssets | null = null;

/** The page's script and style. */
export function pageAssets(): PageAssets {
  const text = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');
  return (read ??= { script: text('main.js'), style: text('main.css'), chartStyles: [PLOT_STYLE] });
}
