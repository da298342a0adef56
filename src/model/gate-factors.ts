import { Exit, UserError } from '../core/errors.js';
import { formatLayer } from '../core/neuron-name.js';
import type { GraphView } from '../onnx/graph-view.js';
import { searchSites } from './find-sites.js';
import type { Site } from './types.js';

/**
 * The factors of the products of gated FFNs: of each site its taps `act` and `up`, one after another.
 * @param sites all that the search found, and what was named
 * @throws UserError: 2 for what was named and is no FFN that the search knows; 69 for an FFN without a gate
 */
export function gateFactors(view: GraphView, sites: readonly Site[], selected: readonly Site[]): Site[] {
  const strange = selected.find(({ nodes }) => nodes.up === null);
  if (strange !== undefined) throw unknown(view, strange);
  const ungated = selected.find(({ gated }) => !gated);
  if (ungated !== undefined) throw refusal(view, ungated, sites);
  const isSelected = ({ group, layer }: Pick<Site, 'group' | 'layer'>) =>
    selected.some((site) => site.group === group && site.layer === layer);
  const [act, up] = (['act', 'up'] as const).map((tap) => searchSites(view, tap, isSelected));
  return selected.flatMap((site) =>
    [act!, up!].map((found) => {
      const same = found.find(({ group, layer, dMlp }) => isOf(site, { group, layer, dMlp }));
      if (same === undefined) throw refusal(view, site, sites);
      return same;
    }),
  );
}

function isOf(site: Site, { group, layer, dMlp }: Pick<Site, 'group' | 'layer' | 'dMlp'>): boolean {
  return site.group === group && site.layer === layer && site.dMlp === dMlp;
}

function unknown(view: GraphView, { group, layer, tensor }: Site): UserError {
  return new UserError({
    what: `${formatLayer(group, layer)} was named by its tensor "${tensor}", and which FFN's that is, and so its gate, is not known`,
    where: `--gate-cases, ${view.model.path}`,
    todo: 'leave out what names it (--tensor, --outputs, --down-proj): the search finds FFNs with their gates, --layers and --tap choose among them; or leave out --gate-cases',
    exit: Exit.USAGE,
  });
}

function refusal(view: GraphView, { group, layer }: Site, sites: readonly Site[]): UserError {
  const gated = sites.filter((site) => site.gated).map((site) => formatLayer(site.group, site.layer));
  return new UserError({
    what: `${formatLayer(group, layer)} has no gate whose activation is multiplied by another factor`,
    where: `--gate-cases, ${view.model.path}`,
    todo:
      gated.length === 0
        ? 'leave --gate-cases out: it is for gated FFNs (SwiGLU, GeGLU, …), and this graph has none that can be read'
        : `name layers that have one with --layers: ${gated.join(', ')}`,
    exit: Exit.MODEL,
  });
}
