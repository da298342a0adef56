import { formatNeuron } from '../core/neuron-name.js';
import { counted, figure, grouped, percent } from './numbers.js';
import { rateBound } from './rule-of-three.js';
import { wrap } from './text-table.js';
import type { NeuronRow, ProfileView } from './view.js';

const COLUMNS = ['group', 'layer', 'neuron', 'dead', 'count', 'nan_count', 'inf_count'] as const;
/** What is read of a neuron. */
type Row = Pick<NeuronRow, (typeof COLUMNS)[number]>;

/** Dead neurons named in full. */
const NAMED = 24;

/** How many neurons never fired, what that says and does not say, and which. */
export function deadSection(view: ProfileView, width: number): string[] {
  return lines(view, width, true);
}

/** The same as sentences, without the names. */
export function deadSentences(view: ProfileView): string[] {
  return lines(view, Infinity, false).map((line) => line.trim());
}

function lines(view: ProfileView, width: number, isNaming: boolean): string[] {
  const { summary, corpus, settings } = view.manifest;
  const { dead, broken, neurons } = summary;
  const rows = [...filter(view.neurons(...COLUMNS), (row) => row.dead)];
  const tokens = fewest(rows) ?? corpus.counted_tokens;
  const active = `active (above ${figure(Number(settings['active_above']))})`;
  const seen = `in ${counted(tokens, 'counted token')}`;
  const said: string[] = [];
  if (corpus.counted_tokens === 0) {
    return wrap('Unknown: not one token was counted, so no neuron was seen.', width, '  ');
  }
  if (dead === 0) {
    const all =
      broken === 0 ? `each of the ${counted(neurons, 'neuron')}` : 'each neuron that gave a finite value';
    said.push(...wrap(`None: ${all} was ${active} at least once ${seen}.`, width, '  '));
  } else {
    said.push(
      ...wrap(
        `${grouped(dead)} of ${counted(neurons, 'neuron')} (${percent(dead / neurons)}) were never ${active} ${seen}.`,
        width,
        '  ',
      ),
      ...wrap(bound(tokens, corpus.documents), width, '  '),
    );
    if (isNaming && rows.length > 0) said.push(...wrap(names(rows), width, '  '));
  }
  if (broken > 0) {
    said.push(
      ...wrap(
        `Broken: ${counted(broken, 'neuron')} gave NaN or infinity at least once. Those values are counted and enter no figure.`,
        width,
        '  ',
      ),
    );
  }
  return said;
}

function bound(tokens: number, documents: number): string {
  if (rateBound(tokens) === 1) return 'So few tokens say nothing of how rarely they may fire.';
  if (rateBound(documents) === 1) {
    return (
      `That bounds how rarely they may fire (rule of three, 95 %): on fewer than 3/${grouped(tokens)} = ` +
      `${percent(rateBound(tokens))} of tokens if tokens were independent; those of ${counted(documents, 'document')} are not.`
    );
  }
  return (
    `That bounds how rarely they may fire (rule of three, 95 %): on fewer than 3/${grouped(tokens)} = ` +
    `${percent(rateBound(tokens))} of tokens if tokens were independent, and, since those of one document ` +
    `are not, in fewer than 3/${grouped(documents)} = ${percent(rateBound(documents))} of documents.`
  );
}

function names(rows: readonly Row[]): string {
  const named = rows.slice(0, NAMED).map(formatNeuron).join(', ');
  const rest = rows.length - NAMED;
  return rest > 0 ? `${named} and ${grouped(rest)} more (column "dead" of neurons.arrow)` : named;
}

/** Finite values of the dead neuron that has the fewest: the bound that holds for all of them. */
function fewest(rows: readonly Row[]): number | null {
  const finite = rows.map(({ count, nan_count, inf_count }) => count - nan_count - inf_count);
  return finite.length === 0 ? null : finite.reduce((a, b) => Math.min(a, b));
}

function* filter<T>(rows: Iterable<T>, keep: (row: T) => boolean): Iterable<T> {
  for (const row of rows) if (keep(row)) yield row;
}
