import { DataType } from '../onnx/data-types.js';
import { fedInputs, type GraphView } from '../onnx/graph-view.js';
import type { NodeInfo, TensorInfo, ValueInfo } from '../onnx/types.js';
import type { Part } from '../onnx/write.js';
import { knowsSequences } from './no-copy.js';
import { prune, type Pruned } from './prune.js';
import { beforeFlattening, tapNodes, type Tapped } from './tap-nodes.js';
import { weightsOf, type Weight } from './weights.js';

/** What an exposed model is made of, before anything of it is written. */
export interface ExposedGraph {
  view: GraphView;
  pruned: Pruned;
  /** Nodes taken over from the model: those that are left, but for Constants that are weights now. */
  nodes: NodeInfo[];
  /** Nodes of our own behind each tap, and their constants. */
  added: Part[];
  weights: Weight[];
  inputs: ValueInfo[];
  /** Outputs of the model that stay. */
  kept: ValueInfo[];
  /** Name of the output of each tap, in their order. */
  outputs: string[];
  /** Those of `outputs` that the model did not have. */
  newOutputs: string[];
  /** The output that ends a run before its results are copied (no-copy.ts); null where the graph can have none. */
  noCopy: string | null;
  /** Whether nothing is left out. */
  whole: boolean;
}

/** A tensor to give out, and the name it shall have; a name that is taken gets a `_` behind it. */
export interface TapRequest extends Tapped {
  name: string;
}

/**
 * The graph that gives out taps as float32, and nothing else; with `keepOutputs`
 * the whole graph and its own outputs too, where an output that is a tap already
 * stays the tap's. `toRun`: for our own runs, with the output of no-copy.ts.
 */
export function exposedGraph(
  view: GraphView,
  taps: readonly TapRequest[],
  { keepOutputs = false, toRun = false }: { keepOutputs?: boolean; toRun?: boolean } = {},
): ExposedGraph {
  const existing = taps.map(({ tensor }) => (keepOutputs ? outputWith(view, tensor) : null));
  const reads = taps.flatMap((tap) => tapNodes(view, tap, '').reads);
  const pruned = keepOutputs ? everything(view) : prune(view, reads);
  const fresh = freshNames(pruned, keepOutputs ? view.graph.outputs : []);
  const outputs = taps.map(({ name }, i) => existing[i] ?? fresh(name));
  const added = taps.flatMap((tap, i) =>
    existing[i] === null ? tapNodes(view, tap, outputs[i]!).nodes : [],
  );
  return {
    view,
    pruned,
    ...weightsOf(view.model, pruned),
    added,
    inputs: keepOutputs ? view.graph.inputs : pruned.inputs,
    kept: keepOutputs ? view.graph.outputs : [],
    outputs,
    newOutputs: outputs.filter((_, i) => existing[i] === null),
    noCopy: toRun && knowsSequences(view) ? fresh('neuroprobe/no-copy') : null,
    whole: keepOutputs,
  };
}

function everything({ graph }: GraphView): Pruned {
  return {
    nodes: graph.nodes,
    initializers: [...graph.initializers.values()],
    inputs: fedInputs(graph),
  };
}

/** An output of the graph that is the tensor in float32: itself, or behind nodes that only rename, cast or flatten. */
function outputWith(view: GraphView, tensor: string): string | null {
  const same = new Set<string>();
  for (let name: string | null = tensor; name !== null; name = carriedFrom(view, name)) same.add(name);
  const isTap = ({ name, dataType }: ValueInfo): boolean => {
    for (let from = name; dataType === DataType.FLOAT && !same.has(from);) {
      const maker = view.producer(from);
      const widens = maker?.opType === 'Cast' && maker.attributes.get('to')?.i === DataType.FLOAT;
      if (maker?.opType !== 'Identity' && !widens) return false;
      from = maker.inputs[0]!;
    }
    return dataType === DataType.FLOAT;
  };
  return view.graph.outputs.find(isTap)?.name ?? null;
}

function carriedFrom(view: GraphView, tensor: string): string | null {
  const maker = view.producer(tensor);
  return maker?.opType === 'Identity' ? maker.inputs[0]! : beforeFlattening(view, tensor);
}

/** Makes names that no tensor of what is left has, nor of its subgraphs, nor anything we name after them. */
function freshNames(left: Pruned, outputs: readonly ValueInfo[]): (wanted: string) => string {
  const taken = new Set(outputs.map(({ name }) => name));
  addNames(left, taken);
  return (wanted) => {
    let name = wanted;
    while (taken.has(name) || [...taken].some((each) => each.startsWith(`${name}/`))) name += '_';
    taken.add(name);
    return name;
  };
}

function addNames(
  {
    nodes,
    inputs,
    initializers,
  }: { nodes: readonly NodeInfo[]; inputs: readonly ValueInfo[]; initializers: Iterable<TensorInfo> },
  names: Set<string>,
): void {
  for (const { name } of [...initializers, ...inputs]) names.add(name);
  for (const node of nodes) {
    for (const name of [...node.outputs, ...node.inputs]) names.add(name);
    for (const { graph } of node.attributes.values()) {
      if (graph !== null) addNames({ ...graph, initializers: graph.initializers.values() }, names);
    }
  }
}
