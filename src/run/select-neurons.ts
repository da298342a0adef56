import { Exit, UserError } from '../core/errors.js';
import { formatLayer, groupOf } from '../core/neuron-name.js';
import type { Site } from '../model/types.js';

/** The neurons asked for in one layer: columns, ascending, each once. */
export interface NeuronChoice {
  site: Site;
  columns: Int32Array;
}

/**
 * Reads `L2.N17,L3.N0-99,enc.L0.N5` and finds each in the selected sites.
 * @param where what an error names as its place
 * @returns one entry a site that has a neuron asked for, in the order of `sites`
 * @throws UserError (exit 2) for what is no range of neurons, or is not in the model
 */
export function selectNeurons(text: string, sites: readonly Site[], where = '--neurons'): NeuronChoice[] {
  const usage = (what: string, todo: string) => new UserError({ what, where, todo, exit: Exit.USAGE });
  const chosen = new Map<Site, Set<number>>();
  for (const part of text.split(',')) {
    const { group, layer, first, last } = parseRange(part, usage);
    const site = sites.find((candidate) => candidate.group === group && candidate.layer === layer);
    if (site === undefined) {
      throw usage(
        `no layer ${formatLayer(group, layer)} is profiled, so "${part.trim()}" names nothing`,
        namesOf(sites),
      );
    }
    if (last >= site.dMlp) {
      throw usage(
        `${formatLayer(group, layer)} has ${site.dMlp} neurons, so there is no N${last}`,
        `name neurons from 0 to ${site.dMlp - 1}`,
      );
    }
    const columns = chosen.get(site) ?? new Set<number>();
    for (let neuron = first; neuron <= last; neuron++) columns.add(neuron);
    chosen.set(site, columns);
  }
  return sites
    .filter((site) => chosen.has(site))
    .map((site) => ({ site, columns: Int32Array.from(chosen.get(site)!).sort() }));
}

/** The choice in one canonical form: `L2.N17`, `L3.N0-99`. */
export function formatChoice(choices: readonly NeuronChoice[]): string[] {
  return choices.flatMap(({ site, columns }) => {
    const layer = formatLayer(site.group, site.layer);
    const ranges: string[] = [];
    for (let i = 0; i < columns.length;) {
      let end = i;
      while (end + 1 < columns.length && columns[end + 1] === columns[end]! + 1) end++;
      ranges.push(`${layer}.N${columns[i]}${end > i ? `-${columns[end]}` : ''}`);
      i = end + 1;
    }
    return ranges;
  });
}

type Usage = (what: string, todo: string) => UserError;

function parseRange(
  part: string,
  usage: Usage,
): { group: string; layer: number; first: number; last: number } {
  const match = /^(?:([a-z_]\w*)\.)?L(\d+)\.N(\d+)(?:-N?(\d+))?$/i.exec(part.trim());
  if (!match)
    throw usage(`"${part.trim()}" names no neurons`, 'write them as L2.N17 or L3.N0-99, with commas between');
  const first = Number(match[3]);
  const last = match[4] === undefined ? first : Number(match[4]);
  if (last < first) throw usage(`"${part.trim()}" ends before it begins`, 'write the smaller number first');
  return { group: groupOf(match[1]), layer: Number(match[2]), first, last };
}

function namesOf(sites: readonly Site[]): string {
  return `layers profiled: ${sites.map(({ group, layer }) => formatLayer(group, layer)).join(', ')}`;
}
