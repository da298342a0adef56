import { Exit, UserError } from './errors.js';

/** One neuron of a model: `group` is `''` where the model has one group of layers. */
export interface NeuronId {
  group: string;
  layer: number;
  neuron: number;
}

/** Short prefixes of groups in names: `enc.L5.N1337`. */
const PREFIX: Readonly<Record<string, string>> = { encoder: 'enc', decoder: 'dec' };

/** `L5.N1337`, or `enc.L5.N1337` where the model has an encoder and a decoder. */
export function formatNeuron({ group, layer, neuron }: NeuronId): string {
  return `${formatLayer(group, layer)}.N${neuron}`;
}

/** `L5`, or `enc.L5`. */
export function formatLayer(group: string, layer: number): string {
  return `${group === '' ? '' : `${PREFIX[group] ?? group}.`}L${layer}`;
}

/**
 * Reads `L5.N1337`, `enc.L5.N1337`, `encoder.L5.N1337` (case does not matter).
 * @throws UserError (exit 2) when the text names no neuron
 */
export function parseNeuron(text: string): NeuronId {
  const match = /^(?:([a-z_]\w*)\.)?L(\d+)\.N(\d+)$/i.exec(text.trim());
  if (!match) {
    throw new UserError({
      what: `"${text}" is not the name of a neuron`,
      where: 'the command line',
      todo: 'name one by layer and place, both from 0, as L2.N17 (or enc.L2.N17 in a model with an encoder and a decoder)',
      exit: Exit.USAGE,
    });
  }
  return { group: groupOf(match[1]), layer: Number(match[2]), neuron: Number(match[3]) };
}

/** The group that a prefix stands for: `enc` and `encoder` are the same, none is `''`. */
export function groupOf(prefix: string | undefined): string {
  if (prefix === undefined) return '';
  const lower = prefix.toLowerCase();
  return Object.keys(PREFIX).find((group) => PREFIX[group] === lower) ?? lower;
}
