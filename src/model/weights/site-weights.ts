import type { GraphView } from '../../onnx/graph-view.js';
import type { NodeInfo } from '../../onnx/types.js';
import { floatOrigin, walkBack, type Cone } from '../cone.js';
import { nodeName } from '../find-sites.js';
import { NORM_PARTS, NORMS } from '../operators.js';
import { findProjections, type Projection } from '../projection.js';
import { joinsStreams, reachedFrom } from '../residual.js';
import { splitGate } from '../taps.js';
import type { Site } from '../types.js';
import type { WeightFiles } from './elements.js';
import { vectors, type Matrix } from './matrix.js';
import { projectionWeight } from './projection-weight.js';

/** One of a neuron's vectors in the stream: that of neuron j is column (or row) `first` + j · `step` of the matrix. */
export interface NeuronVectors {
  matrix: Matrix;
  side: 'rows' | 'columns';
  first: number;
  step: number;
}

/** The weights of an FFN by neuron; null where there are none, or what they are is not known. */
export interface SiteWeights {
  /** What a neuron reads: the projection up. */
  input: NeuronVectors | null;
  /** In a gated FFN: what its gate reads. */
  gate: NeuronVectors | null;
  /** What it writes to the stream. */
  output: NeuronVectors | null;
  /** Whether what it writes is added to the stream as it is; false behind a norm of the FFN's own result. */
  writesPlainly: boolean;
  /** What a user must know of these, a sentence each. */
  notes: string[];
}

/** Finds the weights of FFNs, and reads nothing. @throws UserError (69) for packings that are not known */
export function siteWeights(view: GraphView, files: WeightFiles, sites: readonly Site[]): SiteWeights[] {
  const projections = findProjections(view);
  return sites.map((site) => weightsOf(view, files, projections, site));
}

function weightsOf(
  view: GraphView,
  files: WeightFiles,
  projections: ReadonlyMap<NodeInfo, Projection>,
  site: Site,
): SiteWeights {
  const down = [...projections.values()].find(({ node }) => nodeName(node) === site.nodes.down);
  const none = { input: null, gate: null, output: null, writesPlainly: false };
  if (down === undefined) return { ...none, notes: ['no down projection is known of it'] };
  const notes: string[] = [];
  const origin = floatOrigin(view, down.input);
  const readers = [...projections.values()].filter(({ input }) => floatOrigin(view, input) === origin);
  if (readers.length > 1) notes.push('an adapter beside the down projection is not in its output weights');
  const direct = down.outputWidth === site.dModel;
  if (!direct) notes.push('its down projection is a pair of low rank, which is not multiplied out');
  const cone = walkBack(view, projections, down.input);
  const { gateCone, upCone } =
    cone === null ? { gateCone: null, upCone: null } : splitGate(view, projections, cone);
  const vectorsFrom = (from: Cone | null, what: string) => {
    const [found, why] = sourceOf(view, files, from, site);
    if (why !== null) notes.push(`${what}: ${why}`);
    return found;
  };
  return {
    input: vectorsFrom(upCone ?? gateCone, 'input weights'),
    gate: upCone === null ? null : vectorsFrom(gateCone, 'gate weights'),
    output: direct ? { matrix: projectionWeight(view, files, down), side: 'rows', first: 0, step: 1 } : null,
    writesPlainly: direct && !isNormedBeforeSum(view, down),
    notes,
  };
}

/** The projection behind a branch, or the part of one that a Split or Slice gives; else why there is none. */
function sourceOf(
  view: GraphView,
  files: WeightFiles,
  cone: Cone | null,
  { dModel, dMlp }: Site,
): [NeuronVectors | null, why: string | null] {
  const [source, ...others] = cone?.sources ?? [];
  if (source === undefined) return [null, 'no projection is known that makes them'];
  if (others.length > 0) return [null, 'they are the sum of several projections (an adapter)'];
  const { projection } = source;
  if (projection.inputWidth !== dModel)
    return [null, 'they are a pair of low rank, which is not multiplied out'];
  const range = source.cut ? cutOf(view, source.tensor, projection.outputWidth, dMlp) : { first: 0, step: 1 };
  if (range === null) return [null, 'which part of the projection they are is not known'];
  return [{ matrix: projectionWeight(view, files, projection), side: 'columns', ...range }, null];
}

/** Which columns a Split or Slice takes; null where that is not constant. */
function cutOf(
  view: GraphView,
  tensor: string,
  width: number,
  dMlp: number,
): { first: number; step: number } | null {
  const node = view.producer(tensor)!;
  if (node.opType === 'Split') {
    const place = node.outputs.indexOf(tensor);
    const sizes = node.attributes.get('split')?.ints ?? view.numbers(node.inputs[1] ?? '');
    if (sizes === null) return node.outputs.length * dMlp === width ? { first: place * dMlp, step: 1 } : null;
    if (sizes[place] !== dMlp || sizes.reduce((a, b) => a + b, 0) !== width) return null;
    return { first: sizes.slice(0, place).reduce((a, b) => a + b, 0), step: 1 };
  }
  if (node.opType !== 'Slice') return null;
  const numbers = (at: number, name: string) =>
    node.attributes.get(name)?.ints ?? view.numbers(node.inputs[at] ?? '');
  const [starts, steps] = [numbers(1, 'starts'), numbers(4, 'steps') ?? [1]];
  if (starts?.length !== 1 || steps[0]! < 1) return null;
  const first = starts[0]! < 0 ? starts[0]! + width : starts[0]!;
  return first + steps[0]! * (dMlp - 1) < width ? { first, step: steps[0]! } : null;
}

/** Whether the result of a down projection goes through a norm before it is added to the stream. */
function isNormedBeforeSum(view: GraphView, down: Projection): boolean {
  for (const node of reachedFrom(view, down, (reached) => joinsStreams(view, reached))) {
    if (joinsStreams(view, node)) return false;
    if (NORMS.has(node.opType) || NORM_PARTS.has(node.opType)) return true;
  }
  return false;
}

/** The vectors of some neurons, one after another, as float32. */
export function neuronVectors(of: NeuronVectors, neurons: Int32Array): Float32Array {
  return vectors(
    of.matrix,
    of.side,
    Int32Array.from(neurons, (neuron) => of.first + neuron * of.step),
  );
}
