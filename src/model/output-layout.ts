import type { Tensor } from 'onnxruntime-node';
import { Exit, UserError } from '../core/errors.js';
import { formatLayer } from '../core/neuron-name.js';
import type { FedBatch } from './fill-feeds.js';
import type { Exposure, Site } from './types.js';

/** How a graph lays out an activation: [batch, sequence, d_mlp], or [batch · sequence, d_mlp]. No graph need say it. */
export type OutputLayout = 'split' | 'flat';

/** Lengths that tell axes from one another: two windows of three tokens. */
const WINDOWS = 2;
const TOKENS = 3;

/** The shape that an output has for a batch. */
export function shapeOf(layout: OutputLayout, { sequences, length }: FedBatch, dMlp: number): number[] {
  return layout === 'split' ? [sequences.length, length, dMlp] : [sequences.length * length, dMlp];
}

/**
 * Finds the layout of each output by a run of two windows and one of the second
 * alone: its rows must stand where a graph that puts windows one after another
 * has them. A graph that goes through time first has them elsewhere, and its
 * values would be given to the wrong tokens.
 * @throws UserError (69) for any other layout
 */
export async function learnLayouts(
  exposure: Exposure,
  path: string,
  run: (batch: FedBatch) => Promise<Tensor[]>,
): Promise<OutputLayout[]> {
  const { fixedBatch, fixedSequence, batchRule, positions, vocabulary } = exposure;
  const windows = fixedBatch ?? (batchRule === 'single' ? 1 : WINDOWS);
  const length = fixedSequence ?? Math.min(TOKENS, positions ?? TOKENS);
  const ids = (window: number) =>
    Int32Array.from({ length }, (_, i) => (window * length + i + 1) % (vocabulary ?? Infinity));
  const batch = (of: number[]): FedBatch => ({
    sequences: of.map((window) => ({ ids: ids(window), attentionMask: null, source: ids(window) })),
    length,
  });
  const together = await run(batch(Array.from({ length: windows }, (_, i) => i)));
  const layouts = together.map(({ dims }, i) => {
    const { site } = exposure.outputs[i]!;
    const split = dims.length === 3 && dims[0] === windows && dims[1] === length;
    const flat = dims.length === 2 && dims[0] === windows * length;
    if (dims.at(-1) !== site.dMlp || !(split || flat)) throw otherLayout(site, dims, path);
    return split ? 'split' : 'flat';
  });
  if (windows === 1 || fixedBatch !== null || length === 1) return layouts;
  const alone = await run(batch([1]));
  layouts.forEach((layout, i) => {
    const { site } = exposure.outputs[i]!;
    if (layout === 'flat' && isTimeFirst(together[i]!, alone[i]!, windows, length, site.dMlp)) {
      throw otherLayout(site, together[i]!.dims, path);
    }
  });
  return layouts;
}

/** Whether the first row of the second window stands where a graph that goes through time first has it. */
function isTimeFirst(
  together: Tensor,
  alone: Tensor,
  windows: number,
  length: number,
  dMlp: number,
): boolean {
  const all = together.data as Float32Array;
  const own = alone.data as Float32Array;
  // Rows of the second window: length + t where windows come one after another, t · windows + 1 where time does.
  const distance = (rowOf: (time: number) => number) => {
    let sum = 0;
    for (let time = 0; time < length; time++) {
      for (let j = 0; j < dMlp; j++) {
        const gap = Math.abs(all[rowOf(time) * dMlp + j]! - own[time * dMlp + j]!);
        if (gap === gap) sum += gap;
      }
    }
    return sum;
  };
  return distance((time) => time * windows + 1) < distance((time) => length + time);
}

function otherLayout({ group, layer, dMlp, tensor }: Site, dims: readonly number[], path: string): UserError {
  return new UserError({
    what: `${formatLayer(group, layer)} gives a tensor of shape [${dims.join(', ')}] that does not go through windows, then tokens, then ${dMlp} neurons`,
    where: `${path}, tensor "${tensor}"`,
    todo: 'name the layers that can be read with --layers',
    exit: Exit.MODEL,
  });
}
