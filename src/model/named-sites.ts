import { Exit, UserError } from '../core/errors.js';
import { usageError } from '../core/usage-error.js';
import { formatLayer } from '../core/neuron-name.js';
import type { GraphView } from '../onnx/graph-view.js';
import { floatOrigin } from './cone.js';
import { nodeName } from './find-sites.js';
import { groupsOf } from './groups.js';
import { channelAxesOf, findProjections, type Projection } from './projection.js';
import { beforeQuantisation } from './taps.js';
import type { Site, Tap } from './types.js';

/** Outputs of the graph that hold a site's activation. */
export function outputsOf(view: GraphView, { tensor }: Site): string[] {
  const origin = floatOrigin(view, tensor);
  return view.graph.outputs.map(({ name }) => name).filter((name) => floatOrigin(view, name) === origin);
}

/** The sites that outputs with matching names hold; an output the search does not know becomes a site of its own. */
export function sitesOfOutputs(view: GraphView, found: readonly Site[], pattern: string, tap: Tap): Site[] {
  const regex = new RegExp(pattern);
  const outputs = view.graph.outputs.filter(({ name }) => regex.test(name));
  if (outputs.length === 0) {
    throw usageError(
      '--outputs',
      `no output's name matches ${pattern}`,
      `the graph's outputs: ${view.graph.outputs.map(({ name }) => name).join(', ')}`,
    );
  }
  const projections = [...findProjections(view).values()];
  const named = outputs.map(({ name, dims }, order): Site => {
    const known = found.find((site) => outputsOf(view, site).includes(name));
    if (known !== undefined) return known;
    const width = dims?.at(-1) ?? readerOf(view, projections, name)?.inputWidth;
    if (typeof width !== 'number') {
      throw new UserError({
        what: `the width of the output "${name}" is not known`,
        where: view.model.path,
        todo: 'export it with a fixed last dimension, or leave --outputs out and let the search find the FFNs',
        exit: Exit.MODEL,
      });
    }
    const layer = numberIn(regex, name) ?? order;
    return { ...UNKNOWN, layer, dMlp: width, tap, tensor: name };
  });
  return numbered(
    named,
    '--outputs',
    "give a pattern whose first group is the layer's number, as h(\\d+)_act",
  );
}

/** The inputs of the projections whose node or weight has a matching name, in order of execution. */
export function sitesOfProjections(
  view: GraphView,
  found: readonly Site[],
  pattern: string,
  tap: Tap,
): Site[] {
  const regex = new RegExp(pattern);
  const projections = [...findProjections(view).values()];
  const named = projections
    .map((projection) => ({ projection, name: namesOf(projection).find((name) => regex.test(name)) }))
    .filter((entry): entry is { projection: Projection; name: string } => entry.name !== undefined);
  if (named.length === 0) {
    const some = projections.slice(0, 8).map((projection) => namesOf(projection)[0]);
    throw usageError(
      '--down-proj',
      `no projection's name matches ${pattern}`,
      `projections of this graph: ${some.join(', ')} …`,
    );
  }
  const sites = named.map(({ projection, name }, order): Site => {
    const { node, input, inputWidth, outputWidth } = projection;
    const down = nodeName(node);
    const known = found.find((site) => site.nodes.down === down);
    if (known !== undefined) return known;
    if (tap !== 'post') {
      throw usageError(
        '--tap',
        `${name} is no FFN that the search knows, so it has no tap "${tap}"`,
        'use --tap post, or name the tensor with --tensor',
      );
    }
    const layer = numberIn(regex, name) ?? order;
    return {
      ...UNKNOWN,
      layer,
      dModel: outputWidth,
      dMlp: inputWidth,
      tap,
      tensor: beforeQuantisation(view, input),
      nodes: { ...UNKNOWN.nodes, down },
    };
  });
  return numbered(
    sites,
    '--down-proj',
    "give a pattern whose first group is the layer's number, as layers\\.(\\d+)\\.mlp",
  );
}

/** Tensors by their names, a layer each in the order given (of their group, where there are two). */
export function sitesOfTensors(view: GraphView, names: readonly string[], tap: Tap): Site[] {
  const makers = names.map((tensor) => {
    const maker = view.producer(tensor);
    if (maker !== undefined) return maker;
    throw usageError(
      '--tensor',
      `the graph makes no tensor "${tensor}"`,
      'inspect lists the tensors that the search finds',
    );
  });
  const groups = groupsOf(view, makers);
  const projections = [...findProjections(view).values()];
  const layers = new Map<string, number>();
  return names.map((tensor, i): Site => {
    const reader = readerOf(view, projections, tensor);
    const width = reader?.inputWidth ?? view.graph.valueInfo.get(tensor)?.dims?.at(-1);
    if (typeof width !== 'number') {
      throw usageError(
        '--tensor',
        `the width of "${tensor}" is not known`,
        'name one that a projection reads',
      );
    }
    const group = groups[i]!;
    const layer = layers.get(group) ?? 0;
    layers.set(group, layer + 1);
    const channelAxes = reader === null ? null : channelAxesOf(view, reader);
    const float = beforeQuantisation(view, tensor);
    return { ...UNKNOWN, group, layer, dMlp: width, channelAxes, tap, tensor: float };
  });
}

/** What is not known of a site that was named, not found. */
const UNKNOWN = {
  group: '',
  dModel: 0,
  activation: 'unknown',
  gated: false,
  channelAxes: null,
  nodes: { up: null, gate: null, act: null, down: null },
} as const;

/** Names that a projection is known by: its node's, its weight's, its output's. */
function namesOf({ node, weight, output }: Projection): string[] {
  return [node.name, weight, output].filter((name) => name !== '');
}

function numberIn(regex: RegExp, name: string): number | null {
  const text = regex.exec(name)?.[1];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** Sites in order of their layers, each layer once. */
function numbered(sites: readonly Site[], flag: string, todo: string): Site[] {
  const sorted = [...new Set(sites)].sort((a, b) => a.group.localeCompare(b.group) || a.layer - b.layer);
  const twice = sorted.find((site, i) => {
    const before = sorted[i - 1];
    return before !== undefined && before.layer === site.layer && before.group === site.group;
  });
  if (twice === undefined) return sorted;
  throw usageError(flag, `two of what is named are ${formatLayer(twice.group, twice.layer)}`, todo);
}

/** The projection that reads a tensor, as it is or quantised; null where none does. */
function readerOf(view: GraphView, all: readonly Projection[], tensor: string): Projection | null {
  return (
    all.find(({ input }) => input === tensor) ??
    all.find(({ input }) => beforeQuantisation(view, input) === tensor) ??
    all.find(({ input }) => floatOrigin(view, input) === tensor) ??
    null
  );
}
