import type { HtmlOutcome } from './html/render-html.js';
import { grouped } from './numbers.js';
import { pairs } from './text-table.js';
import { visible } from './visible.js';

/** What `report --html` prints: the file, its size, and what of the profile is in it. */
export function renderHtmlSummary(
  file: string,
  { bytes, neurons, inTable, withExamples }: HtmlOutcome,
): string {
  const of = (part: number) =>
    part === neurons ? `all ${grouped(neurons)} neurons` : `${grouped(part)} of ${grouped(neurons)} neurons`;
  return [
    visible(file),
    ...pairs([
      ['size', megabytes(bytes)],
      ['table', of(inTable)],
      ['examples', withExamples === 0 ? 'none' : `of ${of(withExamples)}`],
    ]),
  ].join('\n');
}

/** `14.98 MB`: a million bytes each, as browsers and mail programs count. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
