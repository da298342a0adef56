import type { GraphView } from '../../onnx/graph-view.js';
import type { NodeInfo } from '../../onnx/types.js';
import { lookupsOf } from '../embedding.js';
import { nodeName } from '../find-sites.js';
import { CARRYING, CUTTING, dataInputs, NORMS, SKIP_NORMS } from '../operators.js';
import { findProjections, type Projection } from '../projection.js';
import type { Site } from '../types.js';
import type { WeightFiles } from './elements.js';
import { vectorOf, type Matrix } from './matrix.js';
import { projectionWeight } from './projection-weight.js';

/** How a stream becomes logits, as far as it is linear: logit = W_U · (gain ⊙ x), x without its mean where `centred`. */
export interface Unembedding {
  /** [d_model → vocabulary]. */
  matrix: Matrix;
  vocabulary: number;
  dModel: number;
  /** The final norm's gain times the constants beside it; one entry a dimension. */
  gain: Float32Array;
  norm: 'LayerNorm' | 'RMSNorm' | 'none';
  /** Name of its node. */
  node: string;
  /** Names of the down projections whose results reach the norm, by sums and other norms alone. */
  writers: ReadonlySet<string>;
  /** Whether logits pass a soft cap (tanh) at the end, which is left out. */
  capped: boolean;
}

/**
 * Finds the projection that a logits output comes from, and the norm before it.
 * @returns else why there is none, as the end of a sentence
 */
export function findUnembedding(
  view: GraphView,
  files: WeightFiles,
  sites: readonly Site[],
): Unembedding | { none: string } {
  const rows = view.graph.inputs
    .filter(({ name }) => !view.graph.initializers.has(name))
    .flatMap(({ name }) => lookupsOf(view, name).map((lookup) => lookup.rows));
  if (rows.length === 0) return { none: 'nothing is looked up in a vocabulary' };
  const projections = findProjections(view);
  const downs = new Set(sites.map(({ nodes }) => nodes.down));
  let none = 'no output comes from a projection onto the vocabulary';
  for (const { name } of view.graph.outputs) {
    const head = headBehind(view, projections, name);
    if (head === null || downs.has(nodeName(head.projection.node))) continue;
    const { projection, capped } = head;
    // Vocabularies are padded, but a classifier's labels are no tokens.
    if (projection.outputWidth < Math.max(...rows.filter((row) => row >= 16)) / 2) continue;
    const before = normBefore(view, files, projection);
    const writers = writersOf(view, before.stream, downs);
    if (writers.size === 0) {
      none = 'the head has layers of its own between the stream and the vocabulary';
      continue;
    }
    return {
      matrix: projectionWeight(view, files, projection),
      vocabulary: projection.outputWidth,
      dModel: projection.inputWidth,
      gain: before.gain,
      norm: before.norm,
      node: nodeName(projection.node),
      writers,
      capped,
    };
  }
  return { none };
}

/** Nodes on the way back from an output: a bias, casts, quantisers, a cap. */
const FARTHEST = 24;

/** The projection that an output comes from by what changes no order of logits. */
function headBehind(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  output: string,
): { projection: Projection; capped: boolean } | null {
  let capped = false;
  let tensor = output;
  for (let steps = 0; steps < FARTHEST; steps++) {
    const node = view.producer(tensor);
    if (node === undefined) return null;
    const projection = projections.get(node);
    if (projection !== undefined) return { projection, capped };
    const inputs = dataInputs(node).filter((input) => view.constant(input) === null);
    const passes = [CARRYING, CUTTING].some((set) => set.has(node.opType));
    // Of two factors one may be the scale of activations that are quantised as they come.
    const scales = node.opType === 'Mul' || node.opType === 'Div';
    if (node.opType === 'Tanh') capped = true;
    else if (!passes && !scales && !BIASES.has(node.opType)) return null;
    const next = scales && inputs.length > 1 ? integersOf(view, inputs) : inputs;
    if (next.length !== 1) return null;
    tensor = next[0]!;
  }
  return null;
}

const BIASES = new Set(['Add', 'Sub', 'QLinearAdd', 'BiasAdd']);

/** Of the factors of a Mul, the one that MatMulInteger makes. */
function integersOf(view: GraphView, inputs: readonly string[]): string[] {
  return inputs.filter((input) => {
    const cast = view.producer(input);
    return cast?.opType === 'Cast' && view.producer(cast.inputs[0]!)?.opType === 'MatMulInteger';
  });
}

interface NormBefore {
  norm: Unembedding['norm'];
  gain: Float32Array;
  /** What is normalised; a Skip norm adds them. */
  stream: string[];
}

/** The norm before a projection, as one node or written out; constants that multiply are its gain, those added are left out. */
function normBefore(view: GraphView, files: WeightFiles, { input, inputWidth }: Projection): NormBefore {
  const gain = new Float32Array(inputWidth).fill(1);
  let tensor = input;
  for (let steps = 0; steps < FARTHEST; steps++) {
    const node = view.producer(tensor);
    if (node === undefined) break;
    const { opType } = node;
    if (NORMS.has(opType)) {
      if (node.inputs[1] !== undefined) multiply(gain, vectorOf(view, files, node.inputs[1]));
      return {
        norm: opType === 'LayerNormalization' ? 'LayerNorm' : 'RMSNorm',
        gain,
        stream: [node.inputs[0]!],
      };
    }
    if (SKIP_NORMS.has(opType)) {
      if (opType === 'EmbedLayerNormalization') break;
      multiply(gain, vectorOf(view, files, node.inputs[2]!));
      const norm = opType === 'SkipLayerNormalization' ? 'LayerNorm' : 'RMSNorm';
      return { norm, gain, stream: node.inputs.slice(0, 2) };
    }
    const inputs = dataInputs(node);
    const [data, ...rest] = inputs.filter((name) => view.constant(name) === null);
    const constant = inputs.find((name) => view.constant(name) !== null);
    if (data === undefined) break;
    if ((opType === 'Mul' || opType === 'Div') && rest.length > 0)
      return writtenOut(view, gain, inputs, opType);
    if (opType === 'Mul' && constant !== undefined) multiply(gain, vectorOf(view, files, constant));
    else if (opType === 'Div' && constant === inputs[1] && constant !== undefined)
      multiply(
        gain,
        vectorOf(view, files, constant).map((value) => 1 / value),
      );
    else if (!((opType === 'Add' && rest.length === 0) || CARRYING.has(opType) || CUTTING.has(opType))) break;
    tensor = data;
  }
  return { norm: 'none', gain, stream: [tensor] };
}

/** x / √(mean x² + ε), or x · (1 / √…), where x may be without its mean. */
function writtenOut(
  view: GraphView,
  gain: Float32Array,
  [one, other]: readonly string[],
  opType: string,
): NormBefore {
  const isRoot = (tensor: string) => ROOTS.has(view.producer(tensor)?.opType ?? '');
  const numerator = opType === 'Div' || isRoot(other!) ? one! : other!;
  const origin = carriedFrom(view, numerator);
  const made = view.producer(origin);
  if (made?.opType === 'Sub' && view.producer(made.inputs[1]!)?.opType === 'ReduceMean')
    return { norm: 'LayerNorm', gain, stream: [made.inputs[0]!] };
  return { norm: 'RMSNorm', gain, stream: [origin] };
}

const ROOTS = new Set(['Reciprocal', 'Div', 'Pow', 'Sqrt', 'Rsqrt']);

function carriedFrom(view: GraphView, tensor: string): string {
  for (let name = tensor; ;) {
    const node = view.producer(name);
    if (node === undefined || !CARRYING.has(node.opType)) return name;
    name = node.inputs[0]!;
  }
}

function multiply(into: Float32Array, by: Float32Array): void {
  if (by.length !== 1 && by.length !== into.length)
    throw new RangeError('a gain that is not one a dimension');
  for (let i = 0; i < into.length; i++) into[i]! *= by[by.length === 1 ? 0 : i]!;
}

/** The down projections that write to a stream: their results reach it by sums, casts and norms alone. */
function writersOf(
  view: GraphView,
  stream: readonly string[],
  downs: ReadonlySet<string | null>,
): Set<string> {
  const writers = new Set<string>();
  const seen = new Set(stream);
  for (const name of seen) {
    const node = view.producer(name);
    if (node === undefined) continue;
    if (downs.has(nodeName(node))) {
      writers.add(nodeName(node));
      // A Gemm may add the stream itself.
      for (const input of node.inputs.slice(2)) if (view.constant(input) === null) seen.add(input);
      continue;
    }
    const passes = [SUMS, CARRYING, CUTTING, SKIP_NORMS, NORMS].some((set) => set.has(node.opType));
    const scaled =
      (node.opType === 'Mul' || node.opType === 'Div') &&
      (node.inputs.some((input) => view.constant(input) !== null) ||
        integersOf(view, node.inputs).length > 0 ||
        isNormWrittenOut(view, node));
    if (passes || scaled) dataInputs(node).forEach((input) => seen.add(input));
  }
  return writers;
}

/** The division that ends a norm that is written out. */
function isNormWrittenOut(view: GraphView, { inputs }: NodeInfo): boolean {
  return inputs.some((input) => ROOTS.has(view.producer(input)?.opType ?? ''));
}

const SUMS = new Set(['Add', 'Sub', 'Sum', 'QLinearAdd', 'BiasAdd']);
