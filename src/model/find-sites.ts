import { Exit, UserError } from '../core/errors.js';
import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import { nameActivation } from './activation.js';
import { floatOrigin, walkBack, type Cone } from './cone.js';
import { isRouted } from './experts.js';
import { goesUpFromOneStream } from './ffn-shape.js';
import { groupsOf } from './groups.js';
import { NONLINEAR } from './operators.js';
import { canProject, channelAxesOf, findProjections, type Projection } from './projection.js';
import { writesToResidual } from './residual.js';
import { splitGate, tapTensor, type Ffn } from './taps.js';
import type { Site, Tap } from './types.js';
import { whyNoSites } from './why-no-sites.js';

/**
 * Finds the FFNs of a graph by its topology, whatever its names and exporter: a
 * projection down to the residual stream whose input is made, by operators on
 * single elements with a nonlinearity among them, from one or two projections
 * of one tensor as wide as the stream.
 * @param isWanted leaves sites out, whose taps are not looked for; by default none
 * @returns the sites in order of execution, numbered within their group; none where the graph has none
 * @throws UserError (69) where a site has no such tap
 */
export function searchSites(
  view: GraphView,
  tap: Tap,
  isWanted: (site: Pick<Site, 'group' | 'layer'>) => boolean = () => true,
): Site[] {
  const experts = view.graph.nodes.find(({ opType }) => EXPERTS.has(opType));
  if (experts !== undefined) throw mixtureOfExperts(view, ` (inside the operator ${experts.opType})`);
  const projections = findProjections(view);
  const ffns = findFfns(view, projections);
  refuseHidden(view);
  const groups = groupsOf(
    view,
    ffns.map(({ down }) => down.node),
  );
  const layers = new Map<string, number>();
  return ffns.flatMap((ffn, i) => {
    const group = groups[i]!;
    const layer = layers.get(group) ?? 0;
    layers.set(group, layer + 1);
    if (!isWanted({ group, layer })) return [];
    return {
      group,
      layer,
      dModel: ffn.landing.outputWidth,
      dMlp: ffn.down.inputWidth,
      activation: nameActivation(view, ffn.gateCone.nodes, fusedActivation(ffn.gateCone)),
      gated: ffn.product !== null,
      tap,
      channelAxes: channelAxesOf(view, ffn.down),
      tensor: tapTensor(view, ffn, tap, { layer, group, projections }),
      nodes: nodeNames(ffn),
    };
  });
}

/** What to say of a graph without FFNs (exit 69), with the reason. */
export function noSites(view: GraphView): UserError {
  return new UserError({
    what: 'no FFN was found in this graph',
    where: view.model.path,
    todo: whyNoSites(view),
    exit: Exit.MODEL,
  });
}

/** The FFNs of a graph in order of execution, which a valid graph's list of nodes is. */
function findFfns(view: GraphView, projections: ReadonlyMap<NodeInfo, Projection>): Ffn[] {
  const found: Ffn[] = [];
  for (const down of projections.values()) {
    const cone = walkBack(view, projections, down.input);
    if (cone === null || !cone.nonlinear) continue;
    const landing = [down, ...nextOf(view, projections, down)].find(({ outputWidth }) =>
      goesUpFromOneStream(view, projections, cone, { dModel: outputWidth, dMlp: down.inputWidth }),
    );
    if (landing === undefined) continue;
    if (isRouted(view, landing)) throw mixtureOfExperts(view);
    if (!writesToResidual(view, landing)) continue;
    found.push({ down, landing, cone, ...splitGate(view, projections, cone) });
  }
  return withoutAdapters(view, projections, oneForEachTensor(view, found));
}

/** Operators that hold experts. */
const EXPERTS = new Set(['MoE', 'QMoE', 'ShardedMoE']);

/** The neurons of the dense layers alone, if there are any, would be half a truth. */
function mixtureOfExperts(view: GraphView, where = ''): UserError {
  return new UserError({
    what: `this model is a mixture of experts${where}: which neurons a token goes through is chosen as it runs`,
    where: view.model.path,
    todo: 'only dense FFNs can be profiled, where every token goes through every neuron',
    exit: Exit.MODEL,
  });
}

/** A low-rank pair beside a down projection reads the same neurons: they are one FFN's. */
function oneForEachTensor(view: GraphView, ffns: readonly Ffn[]): Ffn[] {
  const kept = new Map<string, Ffn>();
  for (const ffn of ffns) {
    const origin = floatOrigin(view, ffn.down.input);
    const before = kept.get(origin);
    if (before === undefined || (before.landing !== before.down && ffn.landing === ffn.down))
      kept.set(origin, ffn);
  }
  return ffns.filter((ffn) => kept.get(floatOrigin(view, ffn.down.input)) === ffn);
}

/** Projections that read nothing but another's result: with it, a weight of low rank. */
function nextOf(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  { output }: Projection,
): Projection[] {
  return view
    .consumers(output)
    .map((node) => projections.get(node))
    .filter((next): next is Projection => next?.input === output);
}

/**
 * Without adapters: bottlenecks, narrower than the stream, beside an FFN that
 * is not (they read the same), or behind a projection (they read its result
 * before it is added to the stream). Other narrow FFNs are layers as any.
 */
function withoutAdapters(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  ffns: readonly Ffn[],
): Ffn[] {
  const isNarrow = ({ down, landing }: Ffn) => down.inputWidth < landing.outputWidth;
  const inputOf = ({ cone }: Ffn) => floatOrigin(view, cone.sources[0]!.projection.input);
  const besideWide = new Set(ffns.filter((ffn) => !isNarrow(ffn)).map(inputOf));
  return ffns.filter((ffn) => {
    if (!isNarrow(ffn)) return true;
    const before = walkBack(view, projections, inputOf(ffn));
    const isBehind = before !== null && !before.nonlinear && before.sources.length === 1;
    return !isBehind && !besideWide.has(inputOf(ffn));
  });
}

/**
 * Layers that stand where the search does not look would be missing in silence, and the others numbered wrong.
 * @throws UserError (69) for a projection within an If that is left, or in a local function that is not inlined
 */
function refuseHidden(view: GraphView): void {
  const { model, graph } = view;
  const calls = new Map(model.functions.map((info) => [`${info.domain} ${info.name}`, info.nodes]));
  for (const node of graph.nodes) {
    const called = calls.get(`${node.domain} ${node.opType}`) ?? [];
    const inner = [...node.attributes.values()].flatMap((attribute) => attribute.graph?.nodes ?? []);
    if (![...called, ...inner].some(({ opType }) => canProject(opType))) continue;
    const what = called.length > 0 ? `the local function ${node.opType}` : `a branch of ${node.opType}`;
    throw new UserError({
      what: `part of this model is inside ${what}, where layers are not looked for`,
      where: `${model.path}, node "${nodeName(node)}"`,
      todo: 'export it without, inline it (onnx.inliner), or name what can be read with --tensor',
      exit: Exit.MODEL,
    });
  }
}

function fusedActivation({ sources }: Cone): string | null {
  return (
    sources.find(({ projection }) => projection.fusedActivation !== null)?.projection.fusedActivation ?? null
  );
}

function nodeNames({ down, cone, gateCone, upCone }: Ffn): Site['nodes'] {
  const act = [...gateCone.nodes]
    .filter(({ opType }) => NONLINEAR.has(opType))
    .sort((a, b) => a.index - b.index)[0];
  const projection = (from: Cone) => from.sources[0]!.projection.node;
  return {
    up: nodeName(projection(upCone ?? cone)),
    gate: upCone === null ? null : nodeName(projection(gateCone)),
    act: act === undefined ? null : nodeName(act),
    down: nodeName(down.node),
  };
}

/** A node's name; where it has none, that of its first output. */
export function nodeName(node: NodeInfo): string {
  return node.name === '' ? node.outputs[0]! : node.name;
}
