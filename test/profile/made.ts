import { readdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { Batch } from '../../src/accumulate/accumulator.js';
import { layerFigures } from '../../src/accumulate/figures.js';
import { histogramRows } from '../../src/accumulate/histogram.js';
import { layerAccumulator } from '../../src/accumulate/layer-state.js';
import { rankExamples } from '../../src/accumulate/rank-examples.js';
import { windowExtremes } from '../../src/accumulate/window-extremes.js';
import type { Site } from '../../src/model/types.js';
import { FORMAT_VERSION } from '../../src/profile/format.js';
import type { ManifestDraft, ProfileContext, ProfileLayer, TablesWanted } from '../../src/profile/types.js';
import { beginProfile } from '../../src/profile/write-profile.js';

const SETTINGS = {
  activeAbove: 0,
  sketchRange: { low: -11, high: 7 },
  k: 3,
  bottom: true,
  around: 2,
  distinct: 'none',
  per: 'token',
  random: 0,
  bands: 0,
  seed: 0,
} as const;

/** Ids of a window stand in the vocabulary as these; 9 has no string. */
export const VOCABULARY = ['<s>', 'the', ' king', 'é', '', '漢字', '\n', '0', '😀'];

export const CONTEXT: ProfileContext = {
  sites: [],
  files: ['a.jsonl', 'b é.jsonl'],
  recordsBefore: [0, 2],
  tokenOf: (id) => VOCABULARY[id] ?? null,
};

export const ALL: TablesWanted = { neurons: true, examples: true, histograms: true, layers: true };

export interface Made {
  group?: string;
  layer: number;
  /** Columns of the neurons kept; all of the rows' by default. */
  neurons?: number[];
  /** Per document a window: per position the activation of each neuron. Position 0 is a special token. */
  documents: number[][][];
}

/** A layer as a run hands it over: made through the accumulators. Two documents a file. */
export function madeLayer({ group = '', layer, documents, neurons }: Made): ProfileLayer {
  const width = documents[0]?.[0]?.length ?? neurons?.length ?? 0;
  const accumulator = layerAccumulator(SETTINGS);
  const state = accumulator.empty(width);
  documents.forEach((rows, document) => accumulator.add(state, batchOf(rows, document, width)));
  const columns = Int32Array.from(neurons ?? Array.from({ length: width }, (_, j) => j));
  return {
    site: madeSite(group, layer, neurons === undefined ? width : Math.max(...neurons) + 1),
    figures: layerFigures(state, columns, SETTINGS.sketchRange),
    histogram: histogramRows(state.sketch, columns, SETTINGS.sketchRange),
    examples: {
      top: rankExamples(state.top),
      bottom: state.bottom === null ? null : rankExamples(state.bottom),
      random: null,
      band: null,
    },
  };
}

function batchOf(rows: number[][], document: number, neurons: number): Batch {
  const ids = Int32Array.from(rows, (_, p) => (document + p) % 10);
  return {
    activations: Float32Array.from(rows.flat()),
    neurons,
    length: rows.length,
    runs: Int32Array.of(0, 0, rows.length),
    places: [
      {
        file: document >> 1,
        record: document & 1,
        window: 0,
        line: document + 1,
        startByte: document * 2 ** 33,
        id: document === 0 ? null : `id ${document}`,
        textKey: '',
        ids,
        tokenIndex: Int32Array.from(ids, (_, p) => p - 1),
        span: (position) => (position === 0 ? null : [position, position + 1]),
      },
    ],
    windows: windowExtremes(1, neurons),
  };
}

function madeSite(group: string, layer: number, dMlp: number): Site {
  return {
    group,
    layer,
    dModel: 2,
    dMlp,
    activation: layer === 0 ? 'gelu' : 'relu',
    gated: layer === 1,
    tap: 'post',
    tensor: `t${layer}`,
    channelAxes: null,
    nodes: { up: null, gate: null, act: null, down: null },
  };
}

export function contextOf(
  layers: readonly ProfileLayer[],
  changes: Partial<ProfileContext> = {},
): ProfileContext {
  return { ...CONTEXT, sites: layers.map(({ site }) => site), ...changes };
}

export function draftOf(layers: readonly ProfileLayer[], command = 'profile'): ManifestDraft {
  return {
    format: 'neuroprobe-profile',
    format_version: FORMAT_VERSION,
    complete: true,
    command,
    processor: { architecture: 'x64', platform: 'linux', onnxruntime: '1.30.0', instruction_sets: ['AVX2'] },
    model: {
      path: 'model.onnx',
      files: [],
      tap: 'post',
      parameters: 1,
      layers_in_model: layers.length,
      sites: layers.map(({ site, figures }) => ({
        group: site.group,
        layer: site.layer,
        d_model: site.dModel,
        d_mlp: site.dMlp,
        activation: site.activation,
        gated: site.gated,
        tensor: `t${site.layer}`,
        neurons: figures.neuron.length,
      })),
    },
    tokenizer: null,
    corpus: {
      sha256: '',
      digest: '0'.repeat(64),
      files: [],
      records: 4,
      documents: 4,
      windows: 4,
      counted_tokens: 0,
      rejects: {},
    },
    settings: { top: 3, sketch_range: [SETTINGS.sketchRange.low, SETTINGS.sketchRange.high] },
    summary: { neurons: 0, dead: 0, broken: 0, most_selective: [] },
  };
}

/** Two layers: ordinary values, a constant, NaN and infinities, nothing finite, all zero. */
export const LAYERS: ProfileLayer[] = [
  madeLayer({
    layer: 0,
    documents: [
      [
        [1, 0.5, NaN, NaN, 0],
        [2, 0.5, 3, -Infinity, 0],
        [-3, 0.5, Infinity, NaN, 0],
      ],
      [
        [4, 0.5, -1, NaN, -0],
        [0.001, 0.5, 200, NaN, 0],
      ],
      [[9, 0.5, 1, Infinity, 0]],
    ],
  }),
  madeLayer({
    layer: 1,
    neurons: [2, 7],
    documents: [
      [
        [1, -1],
        [2, -2],
        [3, -3],
        [4, -4],
      ],
      [[5, -5]],
    ],
  }),
];

interface WriteChoices {
  force?: boolean;
  wanted?: TablesWanted;
  context?: Partial<ProfileContext>;
  /** Of report.txt. */
  text?: string;
}

/** Writes a whole profile. */
export async function writeProfile(
  output: string,
  layers: readonly ProfileLayer[] = LAYERS,
  { force = false, wanted = ALL, context = {}, text = 'report\n' }: WriteChoices = {},
): Promise<void> {
  const writer = await beginProfile(output, { force });
  try {
    await writer.writeTables(layers, contextOf(layers, context), wanted);
    await writer.writeText('report.txt', text);
    await writer.finish(draftOf(layers), { format: 'neuroprobe-run', workers: 2 });
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** A new directory for each call, gone when the test is done. */
export function temporary(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-profile-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}
