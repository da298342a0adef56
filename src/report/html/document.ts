import { createHash } from 'node:crypto';
import { deflateSync } from 'fflate';

/** Text of the element that holds a block; the browser inflates it with `DecompressionStream('deflate-raw')`. */
const LEVEL = 6;

/**
 * Bytes as a block of data in the page: deflated, then base64, in a script
 * element of a type that no browser runs. Deflated by fflate, for zlib's
 * bytes vary with its version and the processor.
 */
export function dataBlock(name: string, bytes: Uint8Array, attributes = ''): string {
  const text = Buffer.from(deflateSync(bytes, { level: LEVEL })).toString('base64');
  return `<script type="application/octet-stream" data-block="${name}"${attributes}>${text}</script>\n`;
}

/** JSON as a block of data in the page: no `<` is left that could end the element. */
export function jsonBlock(name: string, value: unknown): string {
  const text = JSON.stringify(value).replaceAll('<', '\\u003c');
  return `<script type="application/json" data-block="${name}">${text}</script>\n`;
}

/** What stands in the page whatever the profile. */
export interface PageAssets {
  script: string;
  style: string;
  /** Styles that the script puts into charts, each allowed by its hash. */
  chartStyles: readonly string[];
}

/** Everything before the data. @param title shown in the tab, and where the script does not run */
export function pageHead(title: string, { script, style, chartStyles }: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${[style, ...chartStyles].map(hash).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<noscript><p>${escapeHtml(title)}. This page needs JavaScript, which runs from the file itself; report.txt beside it says the essentials without.</p></noscript>
<div id="page"></div>
`;
}

/** Everything behind the data. */
export function pageTail({ script }: Pick<PageAssets, 'script'>): string {
  return `<script>${script}</script>\n</body>\n</html>\n`;
}

/** A text as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)!};`);
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
