import path from 'node:path';
import type { GraphView } from '../onnx/graph-view.js';
import { readPieces } from '../onnx/pieces.js';
import { exposedGraph } from './exposed-graph.js';
import { weightFiles, type WeightFile } from './external-data.js';
import { modelPieces } from './model-pieces.js';
import type { Pruned } from './prune.js';
import type { Tapped } from './tap-nodes.js';
import type { Weight } from './weights.js';

/** A ModelProto in memory whose large weights stay in the model's own files. */
export interface BuiltModel {
  modelBytes: Uint8Array;
  /** Deepest folder that holds all of those files; locations in the model are relative to it. */
  externalFolder: string;
  /** Names of the outputs, one a tapped tensor, in their order. */
  outputs: string[];
  /** The output that ends a run before its results are copied (no-copy.ts); null where the graph can have none. */
  noCopy: string | null;
  pruned: Pruned;
  weights: Weight[];
}

/** The model that computes taps and nothing else, with each as a float32 output. */
export function buildModel(view: GraphView, taps: readonly Tapped[]): BuiltModel {
  const exposed = exposedGraph(
    view,
    taps.map(({ tensor, dMlp, channelAxes }, i) => ({ tensor, dMlp, channelAxes, name: `neuroprobe/${i}` })),
    { toRun: true },
  );
  const externalFolder = commonFolder(weightFiles(view.model));
  const pieces = modelPieces(exposed, ({ small, place }) => {
    if (small || place === null) return 'inside';
    const { file, offset, length } = place;
    return { location: locationIn(externalFolder, file.realPath), offset, length };
  });
  const { outputs, noCopy, pruned, weights } = exposed;
  return { modelBytes: readPieces(pieces), externalFolder, outputs, noCopy, pruned, weights };
}

/** How a model in `folder` names a file; ONNX writes slashes on every platform. */
export function locationIn(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join('/');
}

function commonFolder(files: readonly WeightFile[]): string {
  const [first, ...rest] = files.map(({ realPath }) => path.dirname(realPath).split(path.sep));
  let shared = first!.length;
  for (const parts of rest) {
    let same = 0;
    while (same < shared && parts[same] === first![same]) same++;
    shared = same;
  }
  return first!.slice(0, shared).join(path.sep) || path.parse(files[0]!.realPath).root;
}
