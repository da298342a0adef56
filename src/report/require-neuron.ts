import { Exit, UserError } from '../core/errors.js';
import { formatLayer, formatNeuron, type NeuronId } from '../core/neuron-name.js';
import type { ProfileView } from './view.js';

type Site = ProfileView['manifest']['model']['sites'][number];
type Settings = ProfileView['manifest']['settings'];

/**
 * The FFN that a neuron is one of.
 * @throws UserError (exit 2) where the profile does not have it
 */
export function requireNeuron({ manifest: { model, settings } }: ProfileView, id: NeuronId): Site {
  const site = model.sites.find(({ group, layer }) => group === id.group && layer === id.layer);
  const name = formatNeuron(id);
  if (site === undefined) {
    const layers = model.sites.map(({ group, layer }) => formatLayer(group, layer)).join(', ');
    throw notThere(name, `its layers are ${layers}`);
  }
  if (id.neuron >= site.d_mlp) {
    throw notThere(name, `${formatLayer(id.group, id.layer)} has N0 to N${site.d_mlp - 1}`);
  }
  const asked = settings['neurons'];
  if (Array.isArray(asked) && !asked.some((range) => isIn(id, String(range)))) {
    throw notThere(name, `it was made with --neurons ${asked.join(',')}`);
  }
  return site;
}

/** The neurons of a layer that a profile keeps, ascending: all, or those that `--neurons` named. */
export function keptNeurons({ group, layer, d_mlp }: Site, asked: Settings['neurons']): number[] {
  const all = Array.from({ length: d_mlp }, (_, neuron) => neuron);
  if (!Array.isArray(asked)) return all;
  return all.filter((neuron) => asked.some((range) => isIn({ group, layer, neuron }, String(range))));
}

/** Whether a neuron is in a range such as `L3.N0-99`, as the manifest writes them. */
function isIn(id: NeuronId, range: string): boolean {
  const match = /^(.*)\.N(\d+)(?:-(\d+))?$/.exec(range);
  if (match === null || match[1] !== formatLayer(id.group, id.layer)) return false;
  const first = Number(match[2]);
  return id.neuron >= first && id.neuron <= Number(match[3] ?? first);
}

function notThere(name: string, todo: string): UserError {
  return new UserError({
    what: `there is no neuron ${name} in this profile`,
    where: 'the command line',
    todo,
    exit: Exit.USAGE,
  });
}
