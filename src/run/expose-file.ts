import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { locationIn } from '../model/build-model.js';
import { allSites, type SiteChoice } from '../model/choose-sites.js';
import { chooseFrom, exposeChosen, type ChosenModel } from '../model/choose-and-build.js';
import type { ExposedGraph } from '../model/exposed-graph.js';
import { locateModel } from '../model/locate-model.js';
import { openModel } from '../model/open-model.js';
import { layOut, type ExposedFiles } from '../model/weight-layout.js';
import { viewGraph } from '../onnx/graph-view.js';
import { readModel } from '../onnx/read-model.js';
import type { ExposedSummary } from '../report/exposed-summary.js';
import { exposedPlace } from './exposed-place.js';
import { writeExposed } from './write-exposed.js';

/** What is to be exposed, and how; what is left out is the default of `neuroprobe expose`. */
export interface ExposeRequest extends Partial<SiteChoice> {
  model: string;
  /** The .onnx file to write. */
  output: string;
  /** Leave nothing out, and keep the model's own outputs; default: no. */
  keepOutputs?: boolean;
  /** Copy every weight, also where the new model could read the original's data files; default: no. */
  materialize?: boolean;
  /** Replace what stands at `output`; default: no. */
  force?: boolean;
}

/** More names than these say less. */
const MOST_NAMES = 3;

/** What a model's data file is called, behind the name of the model. */
const DATA_SUFFIX = '.data';

/**
 * Writes a model that gives out its neurons, and loads anywhere: with its
 * weights inside, in one data file beside it, or, in the original's folder, in
 * the original's data files.
 * @throws UserError: 2, 69 for model and choice, 73, 74, 75 for what is written
 */
export async function exposeToFile(
  asked: ExposeRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ summary: ExposedSummary; notices: string[] }> {
  const request = { ...allSites(), keepOutputs: false, materialize: false, force: false, ...asked };
  const located = locateModel(request.model);
  const model = openModel(located.onnxPath);
  const place = await exposedPlace(request.output, { force: request.force, model });
  const chosen = chooseFrom(model, request);
  const exposed = exposeChosen(chosen, request);
  const folder = path.dirname(place.path);
  const inFolder = folder === realpathSync(located.folder);
  const dataPath = `${place.path}${DATA_SUFFIX}`;
  const files = layOut(exposed, {
    folder: inFolder && !request.materialize ? folder : null,
    dataName: path.basename(dataPath),
  });
  if (files.data !== null) await exposedPlace(dataPath, { force: request.force, model });
  const written = await writeExposed(
    [
      ...(files.data === null ? [] : [{ path: dataPath, pieces: files.data }]),
      { path: place.path, pieces: files.model },
    ],
    signal,
  );
  const [data, { bytes, sha256 }] = [files.data === null ? null : written[0]!, written.at(-1)!];
  const notices = [
    located.notice,
    ...chosen.notices,
    request.keepOutputs ? aboutBranches(chosen, located.onnxPath) : null,
    aboutWeights(files, request.materialize),
    place.there && data === null && !files.beside.includes(dataPath) && existsSync(dataPath)
      ? `${request.output}${DATA_SUFFIX} is not read by the new model: remove it if it was of the one before`
      : null,
  ];
  return {
    summary: {
      model: located.onnxPath,
      output: request.output,
      bytes,
      sha256,
      data: data && { ...data, path: `${request.output}${DATA_SUFFIX}` },
      reads: files.beside.map((file) => locationIn(folder, file)),
      tap: request.tap,
      ...outline(chosen, exposed),
    },
    notices: notices.filter((notice) => notice !== null),
  };
}

function outline(
  { selected, view }: ChosenModel,
  { inputs, outputs, newOutputs, kept, pruned }: ExposedGraph,
): Pick<ExposedSummary, 'inputs' | 'outputs' | 'kept_outputs' | 'pruned'> {
  return {
    inputs: inputs.map(({ name }) => name).filter((name) => !view.graph.initializers.has(name)),
    outputs: selected.map(({ group, layer, dMlp, tensor }, i) => ({
      output: outputs[i]!,
      group,
      layer,
      d_mlp: dMlp,
      tensor,
      added: newOutputs.includes(outputs[i]!),
    })),
    kept_outputs: kept.map(({ name }) => name),
    pruned: { nodes: pruned.nodes.length, nodes_in_model: view.graph.nodes.length },
  };
}

/** Weights of data files are copied without having been asked for only where ORT leaves no choice. */
function aboutWeights({ copiedBytes, beside }: ExposedFiles, materialize: boolean): string | null {
  if (copiedBytes > 0 && !materialize) {
    return "the original's data files are copied: ONNX Runtime reads none outside the folder of the model that it loads";
  }
  if (beside.length === 0) return null;
  return "the new model reads the original's data files and must stay in this folder; --materialize copies them";
}

/** With one branch in an If's place, the input that chose between them has nothing left to choose. */
function aboutBranches({ view }: ChosenModel, onnxPath: string): string | null {
  const before = viewGraph(readModel(onnxPath));
  const idle = view.graph.inputs
    .map(({ name }) => name)
    .filter((name) => view.consumers(name).length === 0 && before.consumers(name).length > 0);
  if (idle.length === 0) return null;
  const rest = idle.length - MOST_NAMES;
  return `of what an If chooses between, only the branch that runs without a cache is kept; inputs that change nothing any more: ${idle.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
}
