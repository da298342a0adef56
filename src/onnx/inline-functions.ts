import type { AttributeInfo, FunctionInfo, ModelInfo, NodeInfo } from './types.js';

/** Functions within functions; real models have four at most. */
const DEEPEST = 16;
/** Nodes that inlining may make: a few functions that call each other twice would grow without end. */
const MOST_NODES = 200_000;

/**
 * The model with the bodies of its local functions in place of their calls
 * (ONNX IR, "Functions"). A function is left as it is where its body has
 * subgraphs, or asks for another version of an operator set than the model.
 */
export function inlineFunctions(model: ModelInfo): ModelInfo {
  if (model.functions.length === 0) return model;
  const inliner = new Inliner(model);
  const nodes = model.graph.nodes.flatMap((node) => inliner.expand(node, 0));
  if (!inliner.changed) return model;
  const graph = { ...model.graph, nodes: nodes.map((node, index) => ({ ...node, index })) };
  return { ...model, graph, opsets: inliner.opsets };
}

class Inliner {
  changed = false;
  /** Those of the model, and what the inlined bodies need beside them. */
  readonly opsets: ModelInfo['opsets'];
  private readonly functions = new Map<string, FunctionInfo>();
  private readonly taken: Set<string>;
  private calls = 0;
  private made = 0;

  constructor(model: ModelInfo) {
    this.opsets = [...model.opsets];
    for (const info of model.functions) this.functions.set(keyOf(info.domain, info.name), info);
    const { nodes, initializers, inputs } = model.graph;
    this.taken = new Set([
      ...initializers.keys(),
      ...inputs.map(({ name }) => name),
      ...nodes.flatMap(({ outputs }) => outputs),
    ]);
  }

  /** The nodes that a call stands for; the node itself where it is none. */
  expand(node: NodeInfo, depth: number): NodeInfo[] {
    const info = this.functions.get(keyOf(node.domain, node.opType));
    if (info === undefined || depth >= DEEPEST || this.made > MOST_NODES || !this.fits(info)) return [node];
    this.changed = true;
    const names = this.namesOf(node, info);
    const nodes = info.nodes.flatMap((inner) => this.expand(edit(inner, node, info, names), depth + 1));
    this.made += nodes.length;
    return nodes;
  }

  private fits({ nodes, opsets }: FunctionInfo): boolean {
    const missing = opsets.filter(({ domain }) => !this.opsets.some((known) => known.domain === domain));
    const same = opsets.every(
      ({ domain, version }) =>
        missing.some((opset) => opset.domain === domain) ||
        this.opsets.some((known) => known.domain === domain && known.version === version),
    );
    const plain = nodes.every(({ attributes }) =>
      [...attributes.values()].every(({ graph }) => graph === null),
    );
    if (!same || !plain) return false;
    this.opsets.push(...missing);
    return true;
  }

  /** What each tensor of the body is called in the graph: the caller's names for inputs and outputs, new ones within. */
  private namesOf(call: NodeInfo, info: FunctionInfo): (name: string) => string {
    const names = new Map<string, string>([['', '']]);
    info.inputs.forEach((name, i) => names.set(name, call.inputs[i] ?? ''));
    const prefix = `${call.name === '' ? info.name : call.name}/${this.calls++}`;
    const fresh = (name: string) => {
      let made = `${prefix}/${name}`;
      while (this.taken.has(made)) made += '_';
      this.taken.add(made);
      return made;
    };
    info.outputs.forEach((name, i) => names.set(name, call.outputs[i] || fresh(name)));
    return (name) => {
      const known = names.get(name);
      if (known !== undefined) return known;
      const made = fresh(name);
      names.set(name, made);
      return made;
    };
  }
}

/** A node of a body as it stands in the graph. */
function edit(
  inner: NodeInfo,
  call: NodeInfo,
  info: FunctionInfo,
  nameOf: (name: string) => string,
): NodeInfo {
  const attributes = new Map<string, AttributeInfo>();
  for (const attribute of inner.attributes.values()) {
    const value = valueOf(attribute, call, info);
    if (value !== null) attributes.set(attribute.name, { ...value, name: attribute.name });
  }
  return {
    ...inner,
    edited: true,
    name: nameOf(inner.name === '' ? `${inner.opType}_${inner.index}` : inner.name),
    inputs: inner.inputs.map(nameOf),
    outputs: inner.outputs.map(nameOf),
    attributes,
  };
}

/** An attribute's value: its own, or what the call (or the function's default) gives for the name it refers to. */
function valueOf(attribute: AttributeInfo, call: NodeInfo, info: FunctionInfo): AttributeInfo | null {
  if (attribute.reference === null) return attribute;
  return call.attributes.get(attribute.reference) ?? info.defaults.get(attribute.reference) ?? null;
}

function keyOf(domain: string, name: string): string {
  return `${domain} ${name}`;
}
