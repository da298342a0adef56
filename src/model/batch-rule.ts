import type { NodeInfo } from '../onnx/types.js';
import type { BatchRule, Feed } from './types.js';

/** Compute a scale over the whole batch at run time, so company changes every row. */
const SCALED_AT_RUN_TIME = new Set([
  'DynamicQuantizeLinear',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'QAttention',
]);

/** Take another path for few rows than for many, so the number of rows changes bits. */
const DEPENDS_ON_ROWS = new Set(['MatMulNBits', 'MatMulBnb4', 'MatMulFpQ4', 'GatherBlockQuantized']);

/** Which windows may run together without changing a bit of any of them, by the operators that stay in the graph. */
export function batchRuleOf(nodes: readonly NodeInfo[], feeds: readonly Feed[]): BatchRule {
  const ops = [...nodes.flatMap(withSubgraphs)];
  if (ops.some(({ opType }) => SCALED_AT_RUN_TIME.has(opType) || DEPENDS_ON_ROWS.has(opType)))
    return 'single';
  // Without a mask nothing tells padding from text.
  return feeds.some(({ kind }) => kind === 'attention_mask') ? 'any' : 'equal-length';
}

function withSubgraphs(node: NodeInfo): NodeInfo[] {
  const inner = [...node.attributes.values()].flatMap(({ graph }) => graph?.nodes ?? []);
  return [node, ...inner.flatMap(withSubgraphs)];
}
