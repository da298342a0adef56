import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import type { JudgedGate } from '../../analyse/diff/judge-gates.js';
import type { Paint } from '../paint.js';
import { pairs, textTable, wrap } from '../text-table.js';
import { padEnd, shortStart, textWidth } from '../text-width.js';
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

/** What a new checkpoint changed: the line a log needs first, then layers, neurons, and which gates held. */
export function renderDiff(
  diff: ProfileDiff,
  gates: readonly JudgedGate[],
  { paint, width }: { paint: Paint; width: number },
): string {
  const events = eventSentences(diff);
  const notes = [...unmatchedSentences(diff), ...noteSentences(diff)];
  return [
    paint.heading(headline(diff, gates)),
    ...pairs([
      ['before', profileLine(diff.a, width)],
      ['after', profileLine(diff.b, width)],
    ]),
    ...section('Gates', gateLines(gates, paint, width), paint),
    ...section(
      'Matching',
      diff.matching === null ? [] : tableLines(matchTable(diff.matching), MATCH_LEGEND, width),
      paint,
    ),
    ...section('Layers', tableLines(layerTable(diff), layerLegend(diff), width), paint),
    ...section(
      'Neurons that moved most',
      diff.moved.length === 0 ? [] : tableLines(movedTable(diff), MOVED_LEGEND, width),
      paint,
    ),
    ...section('Neurons named for something else', tableOf(classTable(diff), CLASS_LEGEND, width), paint),
    ...section(
      'Labels that another neuron tells best',
      tableOf(labelTable(diff), LABEL_LEGEND, width),
      paint,
    ),
    ...section(
      'Neurons that died, and the like',
      events.flatMap((text) => wrap(text, width, '  ')),
      paint,
    ),
    ...section(
      'Notes',
      notes.flatMap((text) => wrap(text, width, '  ')),
      paint,
    ),
  ].join('\n');
}

/** A profile and the model it is of. */
function profileLine({ folder, manifest }: ProfileDiff['a'], width: number): string {
  return shortStart(`${visible(folder)}  of ${visible(manifest.model.path)}`, width - 10);
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ['', paint.heading(title), ...lines];
}

function tableOf(table: PlainTable | null, legend: string, width: number): string[] {
  return table === null ? [] : tableLines(table, legend, width);
}

function tableLines({ columns, rows }: PlainTable, legend: string, width: number): string[] {
  return [...textTable(columns, rows).map((line) => `  ${line}`), ...wrap(legend, width, '  ')];
}

function gateLines(gates: readonly JudgedGate[], paint: Paint, width: number): string[] {
  const room = Math.max(0, ...gates.map(({ gate }) => textWidth(visible(gate.text))));
  return gates.flatMap((judged) => {
    const state = judged.failed ? paint.warning('failed') : 'held  ';
    const head = `  ${state}  ${padEnd(visible(judged.gate.text), room)}  `;
    const [first = '', ...rest] = wrap(gateWords(judged), Math.max(24, width - room - 12));
    return [head + first, ...rest.map((line) => ' '.repeat(room + 12) + line)];
  });
}
