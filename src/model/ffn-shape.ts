import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import { haveOneOrigin, walkBack, type Cone, type Source } from './cone.js';
import type { Projection } from './projection.js';

/** A projection as wide as the stream, or two in a row that are (low rank: LoRA, a factorised weight). */
export interface Route {
  /** Tensor that enters. */
  input: string;
  inputWidth: number;
}

/** Where a source comes from: its own projection's input, and, of a low-rank pair, that of the first of the pair. */
export function routesOf(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  { projection }: Source,
): Route[] {
  const routes: Route[] = [projection];
  const inner = walkBack(view, projections, projection.input);
  if (inner !== null && !inner.nonlinear && inner.sources.length === 1 && !inner.sources[0]!.cut) {
    routes.push(inner.sources[0]!.projection);
  }
  return routes;
}

/**
 * Whether the sources of a cone are projections up from one stream: each from
 * `dModel` wide, directly or by a pair of low rank, to at least `dMlp` wide.
 */
export function goesUpFromOneStream(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  { sources }: Cone,
  { dModel, dMlp }: { dModel: number; dMlp: number },
): boolean {
  if (sources.length === 0) return false;
  let stream: string | null = null;
  for (const source of sources) {
    const { outputWidth } = source.projection;
    if (source.cut ? outputWidth < dMlp : outputWidth !== dMlp) return false;
    const route = routesOf(view, projections, source).find(
      ({ input, inputWidth }) =>
        inputWidth === dModel && (stream === null || haveOneOrigin(view, input, stream)),
    );
    if (route === undefined) return false;
    stream ??= route.input;
  }
  return true;
}
