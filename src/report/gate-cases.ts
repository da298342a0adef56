import { formatLayer } from '../core/neuron-name.js';
import { exampleLines, type ExampleLook } from './example-lines.js';
import { figure, percent } from './numbers.js';
import { padEnd, padStart } from './text-width.js';
import { textTable, wrap } from './text-table.js';
import type { GateRow, ProfileView } from './view.js';

/** The sign cases of (gate, up), in the order of the table. */
const CASES = ['+ +', '+ −', '− +', '− −'] as const;

const LEGEND =
  'Share of counted tokens by the signs of act(gate) and of the factor that it is multiplied with, mean over neurons. ' +
  'None: a factor is exactly 0, or the product is not finite.';

function caseOf({ gate, up }: GateRow): number {
  return (gate === '-' ? 2 : 0) + (up === '-' ? 1 : 0);
}

/** How often gates and their factors had which signs, by layer; nothing where that was not asked for. */
export function gateSection(view: ProfileView, width: number): string[] {
  if (!view.has('gate_cases')) return [];
  const shares = new Map(
    view.manifest.model.sites.map(({ group, layer }) => [formatLayer(group, layer), [0, 0, 0, 0]]),
  );
  for (const row of view.gateCases())
    shares.get(formatLayer(row.group, row.layer))![caseOf(row)]! += row.share;
  const rows = view.manifest.model.sites.map(({ group, layer, neurons }) => {
    const name = formatLayer(group, layer);
    const means = shares.get(name)!.map((sum) => sum / neurons);
    const none = 1 - means.reduce((sum, mean) => sum + mean, 0);
    // What sums of rounded shares leave of 0 is none.
    return [name, ...means.map(percent), percent(none < 1e-9 ? 0 : none)];
  });
  const columns = ['layer', ...CASES, 'none'].map((title, i) => ({
    title,
    align: i === 0 ? ('left' as const) : ('right' as const),
  }));
  return [...textTable(columns, rows).map((line) => `  ${line}`), ...wrap(LEGEND, width, '  ')];
}

/** A neuron's sign cases, each with its share of tokens, mean product, and the largest product in its context. */
export function gateLines(rows: readonly GateRow[], look: ExampleLook): string[] {
  const title = `${look.indent}${look.paint.heading('signs of gate and other factor')}  share of tokens, mean product; the largest`;
  if (rows.length === 0) return [`${look.indent}no token on which gate and other factor have signs`];
  const shares = rows.map(({ share }) => percent(share));
  const means = rows.map(({ mean }) => figure(mean));
  const widest = (words: readonly string[]) => Math.max(...words.map((word) => word.length));
  const heads = rows.map((row, i) => {
    const [share, mean] = [padStart(shares[i]!, widest(shares)), padEnd(means[i]!, widest(means))];
    return `${CASES[caseOf(row)]!}  ${share}  mean ${mean}`;
  });
  return [
    title,
    ...rows.flatMap((row, i) => [
      `${look.indent}${heads[i]!}`,
      ...exampleLines([asExample(row)], { ...look, indent: `${look.indent}     ` }),
    ]),
  ];
}

function asExample(row: GateRow) {
  return { ...row, side: row.value < 0 ? ('bottom' as const) : ('top' as const), rank: 0 };
}
