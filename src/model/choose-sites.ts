import { Exit, UserError } from '../core/errors.js';
import { formatLayer, groupOf } from '../core/neuron-name.js';
import type { GraphView } from '../onnx/graph-view.js';
import { outputsOf, sitesOfOutputs, sitesOfProjections, sitesOfTensors } from './named-sites.js';
import type { Site, Tap } from './types.js';

/** Which FFNs are read, and where in them. */
export interface SiteChoice {
  tap: Tap;
  /** `0-3,7`, `enc.0-3,dec.1`; null: all. */
  layers: string | null;
  /** Regular expression over the names of outputs that the graph has; null: none asked for. */
  outputs: string | null;
  /** Regular expression over the names of down projections; null: none asked for. */
  downProjection: string | null;
  /** Names of tensors, a layer each; null: none asked for. */
  tensors: readonly string[] | null;
}

/** All that the search finds, at a tap. */
export function allSites(tap: Tap = 'post'): SiteChoice {
  return { tap, layers: null, outputs: null, downProjection: null, tensors: null };
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
  const named = sitesNamed(view, found, choice);
  if (named !== null) {
    // What is named and not found is the whole of the model, as far as we know.
    const known = named.some((site) => found.includes(site));
    sites = known ? [...found, ...named.filter((site) => !found.includes(site))] : named;
    selected = named;
  } else {
    const exposed = found.filter((site) => outputsOf(view, site).length > 0);
    if (exposed.length > 0) selected = exposed;
  }
  if (selected.length < sites.length && selected.length > 0) {
    const names = selected.map(({ group, layer }) => formatLayer(group, layer)).join(', ');
    notices.push(
      `the graph has ${sites.length} FFNs and ${named !== null && choice.outputs === null ? `${selected.length} are named` : `gives out ${selected.length}`}: only ${names} ${selected.length === 1 ? 'is' : 'are'} profiled`,
    );
  }
  if (choice.layers !== null) selected = selectLayers(choice.layers, selected);
  return { sites, selected, notices };
}

/** The sites that the user named, one way or another; null where none was. */
function sitesNamed(
  view: GraphView,
  found: readonly Site[],
  { tap, outputs, downProjection, tensors }: SiteChoice,
): Site[] | null {
  if (tensors != null) return sitesOfTensors(view, tensors, tap);
  if (downProjection != null) return sitesOfProjections(view, found, downProjection, tap);
  return outputs === null ? null : sitesOfOutputs(view, found, outputs, tap);
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
