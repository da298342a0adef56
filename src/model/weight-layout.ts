import { Exit, UserError } from '../core/errors.js';
import type { FileRange, Piece } from '../onnx/pieces.js';
import type { GraphInfo, ModelInfo } from '../onnx/types.js';
import { locationIn } from './build-model.js';
import type { ExposedGraph } from './exposed-graph.js';
import { tensorsOf } from './external-data.js';
import { modelPieces } from './model-pieces.js';
import { rangeOf, type Weight, type WeightPlace } from './weights.js';

/** An exposed model as the files that shall hold it. */
export interface ExposedFiles {
  model: Piece[];
  /** The data file, from its first byte; null where there is none. */
  data: Piece[] | null;
  /** Data files of the original that the model points to, absolute. */
  beside: string[];
  /** Bytes of weights that the original has in data files and that are copied. */
  copiedBytes: number;
}

/**
 * Protobuf ends at 2 GiB. Models beyond this many bytes keep their weights in a
 * data file; what is left of the 2 GiB is for the graph.
 */
const MOST_INSIDE = Math.floor(1.9 * 2 ** 30);

/** Where a weight begins in a data file: at a page, so that it can be mapped into memory. */
const PAGE = 4096;

/**
 * Decides where the weights of an exposed model go: into the model, or, where
 * all of them are too large for that, into one data file. Weights that the
 * original keeps in data files in `folder` are only pointed to.
 * @param folder where the model will lie, links resolved; null: point to nothing
 * @param dataName file name of the data file
 * @throws UserError (69) for weights within branches or loops that would have to move
 */
export function layOut(
  exposed: ExposedGraph,
  {
    folder,
    dataName,
    mostInside = MOST_INSIDE,
  }: { folder: string | null; dataName: string; mostInside?: number },
): ExposedFiles {
  const pointed = new Map<Weight, WeightPlace>();
  const beside = new Set<string>();
  let insideBytes = 0;
  let copiedBytes = 0;
  for (const weight of exposed.weights) {
    const { place, small } = weight;
    if (place === null || small) continue;
    const { file, offset, length } = place;
    const location = file.location === '' || folder === null ? null : within(folder, file.realPath);
    if (location !== null) {
      pointed.set(weight, { location, offset, length });
      beside.add(file.realPath);
    } else {
      insideBytes += length;
      if (file.location !== '') copiedBytes += length;
    }
  }
  if (folder === null) refuseInner(exposed);
  const data: Piece[] | null = insideBytes > mostInside ? [] : null;
  if (data !== null) addDataFile(exposed.weights, pointed, data, dataName);
  const model = modelPieces(exposed, (weight) => pointed.get(weight) ?? 'inside');
  return { model, data, beside: [...beside], copiedBytes };
}

/** Gives each weight that is not small, nor pointed to already, its place in a new data file. */
function addDataFile(
  weights: readonly Weight[],
  places: Map<Weight, WeightPlace>,
  data: Piece[],
  location: string,
): void {
  const known = new Map<string, WeightPlace>();
  let at = 0;
  for (const weight of weights) {
    if (weight.place === null || weight.small || places.has(weight)) continue;
    const range = rangeOf(weight.place);
    let place = known.get(keyOf(range)); // tied weights lie there once
    if (place === undefined) {
      const gap = (PAGE - (at % PAGE)) % PAGE;
      if (gap > 0) data.push(new Uint8Array(gap));
      place = { location, offset: at + gap, length: range.length };
      data.push(range);
      known.set(keyOf(range), place);
      at += gap + range.length;
    }
    places.set(weight, place);
  }
}

function keyOf({ file, offset, length }: FileRange): string {
  return `${offset} ${length} ${file}`;
}

/** How a model in `folder` names a file below it; null for any other, which ONNX Runtime would not read. */
function within(folder: string, file: string): string | null {
  const location = locationIn(folder, file);
  return location.startsWith('../') || location.startsWith('/') ? null : location;
}

/** A node is copied as it stands, so that weights in its subgraphs stay where it says. */
function refuseInner({ view: { model }, nodes }: ExposedGraph): void {
  for (const node of nodes) {
    for (const { graph } of node.attributes.values()) {
      if (graph !== null && hasExternal(graph)) throw innerWeights(model, node.opType);
    }
  }
}

function hasExternal(graph: GraphInfo): boolean {
  return [...tensorsOf(graph)].some(({ external }) => external !== null);
}

function innerWeights(model: ModelInfo, opType: string): UserError {
  return new UserError({
    what: `a subgraph of ${opType} has weights in a file of their own, which can only stay where they are`,
    where: model.path,
    todo: "write the model into the original's folder with -o, without --materialize",
    exit: Exit.MODEL,
  });
}
