import { viewGraph, type GraphView } from './graph-view.js';
import type { GraphInfo, ModelInfo, NodeInfo } from './types.js';

/** Ifs within Ifs; exporters write one. */
const DEEPEST = 16;

/**
 * The model with the branches that are taken in place of its Ifs: those whose
 * condition is a constant, or a graph input that the caller decides.
 * @param decide what a boolean input will be fed; null where that is not known
 */
export function hoistBranches(model: ModelInfo, decide: (input: string) => boolean | null): ModelInfo {
  let graph = model.graph;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const view = viewGraph(model, graph);
    const chosen = new Map<NodeInfo, GraphInfo>();
    for (const node of graph.nodes) {
      const branch = node.opType === 'If' ? branchOf(view, node, decide) : null;
      if (branch !== null) chosen.set(node, branch);
    }
    const next = hoist(graph, chosen);
    if (next === graph) break;
    graph = next;
  }
  return graph === model.graph ? model : { ...model, graph };
}

function branchOf(
  view: GraphView,
  node: NodeInfo,
  decide: (input: string) => boolean | null,
): GraphInfo | null {
  const condition = conditionOf(view, node.inputs[0] ?? '', decide);
  if (condition === null) return null;
  return node.attributes.get(condition ? 'then_branch' : 'else_branch')?.graph ?? null;
}

/** Hand a condition on. */
const CARRYING = new Set(['Identity', 'Cast', 'Squeeze', 'Reshape', 'Unsqueeze']);

function conditionOf(
  view: GraphView,
  tensor: string,
  decide: (input: string) => boolean | null,
): boolean | null {
  for (let name = tensor, turned = false, steps = 0; steps < DEEPEST; steps++) {
    const value = view.numbers(name)?.[0] ?? (isInput(view, name) ? decide(name) : null);
    if (value !== null) return turned ? !value : Boolean(value);
    const maker = view.producer(name);
    if (maker === undefined) return null;
    if (maker.opType === 'Not') turned = !turned;
    else if (!CARRYING.has(maker.opType)) return null;
    name = maker.inputs[0] ?? '';
  }
  return null;
}

function isInput({ graph }: GraphView, name: string): boolean {
  return graph.inputs.some((input) => input.name === name) && !graph.initializers.has(name);
}

/** Puts branches in place of their Ifs; one whose names are taken stays where it is. */
function hoist(graph: GraphInfo, chosen: ReadonlyMap<NodeInfo, GraphInfo>): GraphInfo {
  const taken = new Set([
    ...graph.initializers.keys(),
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const initializers = new Map(graph.initializers);
  let changed = false;
  const nodes = graph.nodes.flatMap((node) => {
    const branch = chosen.get(node);
    if (branch === undefined) return [node];
    const own = [...branch.initializers.keys(), ...branch.nodes.flatMap(({ outputs }) => outputs)];
    if (own.some((name) => name !== '' && taken.has(name))) return [node];
    own.forEach((name) => taken.add(name));
    branch.initializers.forEach((tensor, name) => initializers.set(name, tensor));
    changed = true;
    return [...branch.nodes, ...branch.outputs.map(({ name }, i) => identity(node, name, i))];
  });
  if (!changed) return graph;
  return { ...graph, initializers, nodes: nodes.map((node, index) => ({ ...node, index })) };
}

/** Gives an If's output what its branch gives. */
function identity(node: NodeInfo, from: string, output: number): NodeInfo {
  const to = node.outputs[output] ?? '';
  return {
    ...node,
    edited: true,
    opType: 'Identity',
    domain: '',
    name: `${to}/branch`,
    inputs: [from],
    outputs: [to],
    attributes: new Map(),
  };
}
