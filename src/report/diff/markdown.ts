import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import type { JudgedGate } from '../../analyse/diff/judge-gates.js';
import { visible } from '../visible.js';
import { gateWords } from './gate-words.js';
import { CLASS_LEGEND, classTable, LABEL_LEGEND, labelTable } from './meaning-tables.js';
import { headline } from './headline.js';
import { eventSentences, noteSentences, unmatchedSentences } from './notes.js';
import {
  layerLegend,
  layerTable,
  MATCH_LEGEND,
  matchTable,
  MOVED_LEGEND,
  movedTable,
  type PlainTable,
} from './tables.js';

/** The report as GitHub-flavoured Markdown, for a job's summary or a comment. */
export function renderMarkdown(diff: ProfileDiff, gates: readonly JudgedGate[]): string {
  const failed = gates.some((gate) => gate.failed);
  const sign = gates.length === 0 ? '' : failed ? '❌ ' : '✅ ';
  const [events, notes] = [eventSentences(diff), [...unmatchedSentences(diff), ...noteSentences(diff)]];
  return (
    [
      `## ${sign}${escaped(headline(diff, gates))}`,
      `${named(diff.a)} → ${named(diff.b)}`,
      ...(gates.length === 0 ? [] : [gateTable(gates)]),
      ...(diff.matching === null
        ? []
        : ['### Matching', table(matchTable(diff.matching)), escaped(MATCH_LEGEND)]),
      '### Layers',
      table(layerTable(diff)),
      escaped(layerLegend(diff)),
      ...(diff.moved.length === 0
        ? []
        : ['### Neurons that moved most', table(movedTable(diff)), escaped(MOVED_LEGEND)]),
      ...part('Neurons named for something else', classTable(diff), CLASS_LEGEND),
      ...part('Labels that another neuron tells best', labelTable(diff), LABEL_LEGEND),
      ...[...events, ...notes].map(escaped),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function part(title: string, found: PlainTable | null, legend: string): string[] {
  return found === null ? [] : [`### ${title}`, table(found), escaped(legend)];
}

function named({ folder, manifest }: ProfileDiff['a']): string {
  return `${escaped(visible(folder))} (${escaped(visible(manifest.model.path))})`;
}

function gateTable(gates: readonly JudgedGate[]): string {
  return table({
    columns: ['', 'fails if', 'found'].map((title) => ({ title, align: 'left' })),
    rows: gates.map((judged) => [
      judged.failed ? '❌ failed' : '✅ held',
      judged.gate.text,
      gateWords(judged),
    ]),
  });
}

function table({ columns, rows }: PlainTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => escaped(title))),
    line(columns.map(({ align }) => (align === 'left' ? '---' : '---:'))),
    ...rows.map((row) => line(row.map((cell) => escaped(visible(cell))))),
  ].join('\n');
}

/** Text that no Markdown is made of. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|#~]/g, '\\$&').replaceAll('&', '&amp;');
}
