import { Exit, UserError } from '../core/errors.js';
import { formatLayer, groupOf } from '../core/neuron-name.js';
import type { GraphView } from '../onnx/graph-view.js';
import { floatOrigin } from './cone.js';
import type { Site, Tap } from './types.js';

export interface SiteChoice {
  tap: Tap;
  /** `0-3,7`, `enc.0-3,dec.1`; null: all. */
  layers: string | null;
  /** Regular expression over the names of outputs that the graph has; null: none asked for. */
  outputs: string | null;
}

export interface ChosenSites {
  sites: Site[];
  selected: Site[];
  notices: string[];
}

/**
 * The sites to profile. Activations that are outputs of the graph already are
 * taken alone, all others only if there are none: whoever exported some of the
 * layers wants those. An output only names a tensor, and layers keep their
 * number in the full graph.
 * @param found what the search found; empty where it found nothing and `--outputs` must do
 */
export function chooseSites(view: GraphView, found: readonly Site[], choice: SiteChoice): ChosenSites {
  const notices: string[] = [];
  let sites = [...found];
  let selected = sites;
  if (choice.outputs !== null) {
    const named = namedSites(view, found, choice.outputs, choice.tap);
    sites = [...found, ...named.filter((site) => !found.includes(site))];
    selected = named;
  } else {
    const exposed = found.filter((site) => outputsOf(view, site).length > 0);
    if (exposed.length > 0) selected = exposed;
  }
  if (selected.length < sites.length && selected.length > 0) {
    const names = selected.map(({ group, layer }) => formatLayer(group, layer)).join(', ');
    notices.push(
      `the graph has ${sites.length} FFNs and gives out ${selected.length}: only ${names} ${selected.length === 1 ? 'is' : 'are'} profiled`,
    );
  }
  if (choice.layers !== null) selected = selectLayers(choice.layers, selected);
  return { sites, selected, notices };
}

/** Outputs of the graph that hold a site's activation. */
function outputsOf(view: GraphView, { tensor }: Site): string[] {
  const origin = floatOrigin(view, tensor);
  return view.graph.outputs.map(({ name }) => name).filter((name) => floatOrigin(view, name) === origin);
}

/** The sites that outputs with matching names hold; an output the search does not know becomes a site of its own. */
function namedSites(view: GraphView, found: readonly Site[], pattern: string, tap: Tap): Site[] {
  const regex = new RegExp(pattern);
  const outputs = view.graph.outputs.filter(({ name }) => regex.test(name));
  if (outputs.length === 0) {
    throw new UserError({
      what: `no output's name matches ${pattern}`,
      where: '--outputs',
      todo: `the graph's outputs: ${view.graph.outputs.map(({ name }) => name).join(', ')}`,
      exit: Exit.USAGE,
    });
  }
  const named = outputs.map(({ name, dims }, order): Site => {
    const known = found.find((site) => outputsOf(view, site).includes(name));
    if (known !== undefined) return known;
    const width = dims?.at(-1) ?? knownWidth(view, name);
    if (typeof width !== 'number') {
      throw new UserError({
        what: `the width of the output "${name}" is not known`,
        where: view.model.path,
        todo: 'export it with a fixed last dimension, or leave --outputs out and let the search find the FFNs',
        exit: Exit.MODEL,
      });
    }
    const numbered = regex.exec(name)?.[1];
    const layer = numbered !== undefined && /^\d+$/.test(numbered) ? Number(numbered) : order;
    const nodes = { up: null, gate: null, act: null, down: null };
    return {
      group: '',
      layer,
      dModel: 0,
      dMlp: width,
      activation: 'unknown',
      gated: false,
      tap,
      tensor: name,
      nodes,
    };
  });
  const unique = [...new Set(named)].sort((a, b) => a.group.localeCompare(b.group) || a.layer - b.layer);
  const twice = unique.find(
    (site, i) => i > 0 && unique[i - 1]!.layer === site.layer && unique[i - 1]!.group === site.group,
  );
  if (twice === undefined) return unique;
  throw new UserError({
    what: `two outputs are both ${formatLayer(twice.group, twice.layer)}`,
    where: '--outputs',
    todo: "give a pattern whose first group is the layer's number, as h(\\d+)_act",
    exit: Exit.USAGE,
  });
}

/** Input width of the projection that reads a tensor is the tensor's. */
function knownWidth(view: GraphView, tensor: string): number | null {
  for (const node of view.consumers(tensor)) {
    const dims =
      node.opType === 'MatMul' && node.inputs[0] === tensor ? view.constant(node.inputs[1]!)?.dims : null;
    if (dims != null && dims.length === 2) return dims[0]!;
  }
  return null;
}

/** @throws UserError (2) for what is no list of layers, or names none that there is */
function selectLayers(text: string, sites: readonly Site[]): Site[] {
  const chosen = new Set<Site>();
  for (const part of text.split(',')) {
    const match = /^(?:([a-z_]\w*)\.)?L?(\d+)(?:-L?(\d+))?$/i.exec(part.trim());
    if (!match)
      throw badLayers(
        `"${part.trim()}" names no layers`,
        'write them as 0-3,7 (enc.0-3 where there are two groups)',
      );
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    const group = match[1] === undefined ? null : groupOf(match[1]);
    const named = sites.filter(
      (site) => (group === null || site.group === group) && site.layer >= first && site.layer <= last,
    );
    const ends = [first, last].every((end) => named.some(({ layer }) => layer === end));
    if (!ends) {
      const names = sites.map((site) => formatLayer(site.group, site.layer)).join(', ');
      throw badLayers(`"${part.trim()}" names layers that are not there`, `there are ${names}`);
    }
    named.forEach((site) => chosen.add(site));
  }
  return sites.filter((site) => chosen.has(site));
}

function badLayers(what: string, todo: string): UserError {
  return new UserError({ what, where: '--layers', todo, exit: Exit.USAGE });
}
