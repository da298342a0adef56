import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';

/** A table of vectors that a graph looks ids up in. */
export interface Lookup {
  node: NodeInfo;
  rows: number;
  width: number;
}

/** Where each operator that looks up has its table and its ids. */
const TABLES = new Map<string, { table: number; ids: number }[]>(
  Object.entries({
    Gather: [{ table: 0, ids: 1 }],
    GatherBlockQuantized: [{ table: 0, ids: 1 }],
    EmbedLayerNormalization: [{ table: 2, ids: 0 }],
  }),
);

const CARRYING = new Set(['Identity', 'Cast', 'Reshape', 'Unsqueeze', 'Squeeze', 'Flatten']);

/** The tables that the ids of a graph input are looked up in, through casts and reshapes. */
export function lookupsOf(view: GraphView, input: string): Lookup[] {
  const lookups: Lookup[] = [];
  const tensors = [input];
  for (const tensor of tensors) {
    for (const node of view.consumers(tensor)) {
      for (const { table, ids } of TABLES.get(node.opType) ?? []) {
        const dims = view.constant(node.inputs[table]!)?.dims;
        if (node.inputs[ids] === tensor && dims?.length === 2)
          lookups.push({ node, rows: dims[0]!, width: dims[1]! });
      }
      if (CARRYING.has(node.opType) && node.inputs[0] === tensor) tensors.push(node.outputs[0]!);
    }
  }
  return lookups;
}
