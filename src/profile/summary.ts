import { formatNeuron } from '../core/neuron-name.js';
import { MostSelective } from './selectivity.js';
import type { Manifest, ProfileLayer } from './types.js';

/** The manifest's summary, as layers pass by: holds none of them. */
export class Summary {
  private readonly best: MostSelective;
  private neurons = 0;
  private dead = 0;
  private broken = 0;

  /** @param named how many of the most selective neurons are named */
  constructor(named: number) {
    this.best = new MostSelective(named);
  }

  add(layer: Pick<ProfileLayer, 'site' | 'figures'>): void {
    const { figures } = layer;
    this.best.add(layer);
    this.neurons += figures.neuron.length;
    for (let j = 0; j < figures.neuron.length; j++) {
      this.dead += figures.dead[j]!;
      if (figures.nan[j]! + figures.inf[j]! > 0) this.broken++;
    }
  }

  result(): Manifest['summary'] {
    const most_selective = this.best
      .neurons()
      .map(({ selectivity, ...id }) => ({ neuron: formatNeuron(id), selectivity }));
    const { neurons, dead, broken } = this;
    return { neurons, dead, broken, most_selective };
  }
}
