import { formatNeuron } from '../core/neuron-name.js';
import { MostSelective } from './selectivity.js';
import type { Manifest, ProfileLayer } from './types.js';

/**
 * The manifest's summary of the layers, in one walk that holds none of them.
 * @param named how many of the most selective neurons are named
 */
export function summarise(
  layers: Iterable<Pick<ProfileLayer, 'site' | 'figures'>>,
  named: number,
): Manifest['summary'] {
  const best = new MostSelective(named);
  let neurons = 0;
  let dead = 0;
  let broken = 0;
  for (const layer of layers) {
    const { figures } = layer;
    best.add(layer);
    neurons += figures.neuron.length;
    for (let j = 0; j < figures.neuron.length; j++) {
      dead += figures.dead[j]!;
      if (figures.nan[j]! + figures.inf[j]! > 0) broken++;
    }
  }
  const most_selective = best
    .neurons()
    .map(({ selectivity, ...id }) => ({ neuron: formatNeuron(id), selectivity }));
  return { neurons, dead, broken, most_selective };
}
