import { DataType } from '../onnx/data-types.js';
import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import type { Projection } from './projection.js';
import { findProjections } from './projection.js';
import type { BatchRule, Feed } from './types.js';

/** Compute a scale over the whole batch at run time, so company changes every row. */
const SCALED_AT_RUN_TIME = [
  'DynamicQuantizeLinear',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'QAttention',
];

/** Take another path for few rows than for many, so the number of rows changes bits. */
const DEPENDS_ON_ROWS = ['MatMulNBits', 'MatMulBnb4', 'MatMulFpQ4', 'GatherBlockQuantized'];

/** Round what they are given, so that a last bit becomes a whole step: padding was seen to move activations by 0.07 σ. */
const ROUNDS = ['QuantizeLinear', 'QLinearMatMul', 'QGemm'];

const ALONE = new Set([...SCALED_AT_RUN_TIME, ...DEPENDS_ON_ROWS, ...ROUNDS]);

/**
 * Which windows may run together without changing a bit of any of them, by the
 * operators that stay in the graph. In float16, ONNX Runtime's results were seen
 * to hang on both company and padding; in float32 on neither.
 */
export function batchRuleOf(view: GraphView, nodes: readonly NodeInfo[], feeds: readonly Feed[]): BatchRule {
  const ops = nodes.flatMap(withSubgraphs);
  if (ops.some(({ opType }) => ALONE.has(opType)) || computesInHalf(view, nodes)) return 'single';
  // Without a mask nothing tells padding from text.
  return feeds.some(({ kind }) => kind === 'attention_mask') ? 'any' : 'equal-length';
}

function withSubgraphs(node: NodeInfo): NodeInfo[] {
  const inner = [...node.attributes.values()].flatMap(({ graph }) => graph?.nodes ?? []);
  return [node, ...inner.flatMap(withSubgraphs)];
}

const HALF = new Set<number>([DataType.FLOAT16, DataType.BFLOAT16]);

/** Whether a projection multiplies with a weight of 16 bits; one that is cast to float32 first does not. */
function computesInHalf(view: GraphView, nodes: readonly NodeInfo[]): boolean {
  const kept = new Set(nodes);
  const projections: Projection[] = [...findProjections(view).values()].filter(({ node }) => kept.has(node));
  return projections.some(({ weight }) => {
    const cast = castOf(view, weight);
    return HALF.has(cast ?? view.constant(weight)?.tensor?.dataType ?? 0);
  });
}

/** Type that the nearest Cast behind a constant gives it; null where there is none. */
function castOf(view: GraphView, tensor: string): number | null {
  for (let name = tensor; ;) {
    const node = view.producer(name);
    if (node === undefined) return null;
    if (node.opType === 'Cast') return node.attributes.get('to')?.i ?? null;
    name = node.inputs[0] ?? '';
  }
}
