import type { HistogramRows, LayerFigures, RankedExamples } from '../accumulate/types.js';
import type { Site } from '../model/types.js';

/** All that is written of one layer. Absent parts are not written (`topk` writes no histograms …). */
export interface ProfileLayer {
  site: Site;
  figures: LayerFigures;
  histogram: HistogramRows | null;
  top: RankedExamples | null;
  bottom: RankedExamples | null;
}

/** Which tables a command writes. */
export interface TablesWanted {
  neurons: boolean;
  examples: boolean;
  histograms: boolean;
  layers: boolean;
}

/** What the writer must know beside the layers. */
export interface ProfileContext {
  /** All that will be written, in the order of the layers: an Arrow file's dictionaries are fixed before its first row. */
  sites: readonly Site[];
  /** Paths as given, one a file. */
  files: readonly string[];
  /** Records in the files before each file: a document's number in the corpus is recordsBefore[file] + record. */
  recordsBefore: readonly number[];
  /** The vocabulary's string of an id; null without a tokenizer. */
  tokenOf: ((id: number) => string | null) | null;
}

export interface FileEntry {
  path: string;
  bytes: number;
  sha256: string;
}

/** `manifest.json` (design §7): a pure function of model, tokenizer, corpus and settings. */
export interface Manifest {
  format: 'neuroprobe-profile';
  format_version: string;
  command: string;
  processor: { architecture: string; platform: string; onnxruntime: string; instruction_sets: string[] };
  model: {
    path: string;
    files: FileEntry[];
    tap: string;
    parameters: number;
    layers_in_model: number;
    sites: {
      group: string;
      layer: number;
      d_model: number;
      d_mlp: number;
      activation: string;
      gated: boolean;
      tensor: string;
      neurons: number;
    }[];
  };
  tokenizer: { path: string; files: FileEntry[]; sha256: string } | null;
  corpus: {
    sha256: string;
    files: (FileEntry & { records: number })[];
    records: number;
    documents: number;
    windows: number;
    counted_tokens: number;
    rejects: Record<string, number>;
  };
  /** Every setting that can change a byte. */
  settings: Record<string, string | number | boolean | null | (string | number)[]>;
  summary: {
    neurons: number;
    dead: number;
    broken: number;
    /** Names of the most selective neurons, best first, with their score. */
    most_selective: { neuron: string; selectivity: number }[];
  };
  /** sha256 of each other file but run.json. */
  files: Record<string, string>;
  /** sha256 of the manifest's own bytes before this field. */
  sha256: string;
}

/** A manifest before the profile's own files are hashed into it. */
export type ManifestDraft = Omit<Manifest, 'files' | 'sha256'>;
