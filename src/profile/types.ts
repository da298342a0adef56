import type { ExplainKind } from '../accumulate/explain-kinds.js';
import type { GateCases } from '../accumulate/gate-cases.js';
import type { MatchSample } from '../accumulate/match-sample.js';
import type { HistogramRows, LayerFigures, RankedExamples } from '../accumulate/types.js';
import type { Site } from '../model/types.js';
import type { ExplainedLayer } from './explained.js';
import type { CONCEPT_COLUMNS, Side, SPAN_COLUMNS } from './format.js';

/** What a profile says of a site. */
export type ProfiledSite = Pick<Site, 'group' | 'layer' | 'dModel' | 'dMlp' | 'activation' | 'gated'>;

/** All that is written of one layer. Absent parts are not written (`topk` writes no histograms …). */
export interface ProfileLayer {
  site: ProfiledSite;
  figures: LayerFigures;
  histogram: HistogramRows | null;
  examples: Readonly<Record<Side, RankedExamples | null>>;
  /** Where a profile has figures and `--explain` asked for some. */
  explained?: ExplainedLayer | null;
  /** Of every layer, or absent of all. */
  match?: MatchSample | null;
  gates?: GateCases | null;
}

/** Which tables a command writes. */
export interface TablesWanted {
  neurons: boolean;
  examples: boolean;
  histograms: boolean;
  layers: boolean;
}

/** What rows of labels and neurons are told by: those of concepts.arrow and of spans.arrow. */
export interface PairKeys {
  /** Dictionaries of `field` and `label`. */
  fields: readonly string[];
  labels: readonly string[];
  /** Number of the layer among the profile's sites. */
  site: Int32Array;
  neuron: Int32Array;
  field: Int32Array;
  label: Int32Array;
  /** Entries of DIRECTIONS. */
  direction: Uint8Array;
}

type NameColumn = 'group' | 'layer' | 'neuron' | 'field' | 'label' | 'direction';
type Figures<Table, Count extends string> = Readonly<
  Record<Exclude<keyof Table, NameColumn | Count>, Float64Array> & Record<Count, Uint32Array>
>;

/** The columns of concepts.arrow, all rows: by layer, neuron, field, label. NaN stands for null. */
export type ConceptRows = PairKeys & Figures<typeof CONCEPT_COLUMNS, 'with_count' | 'without_count'>;

/** The columns of spans.arrow, all rows: by layer, neuron, field, label. NaN stands for null. */
export type SpanRows = PairKeys & Figures<typeof SPAN_COLUMNS, 'documents'>;

/** What the writer must know beside the layers. */
export interface ProfileContext {
  /** All that will be written, in the order of the layers: an Arrow file's dictionaries are fixed before its first row. */
  sites: readonly ProfiledSite[];
  /** Paths as given, one a file. */
  files: readonly string[];
  /** Records in the files before each file: a document's number in the corpus is recordsBefore[file] + record. */
  recordsBefore: readonly number[];
  /** The vocabulary's string of an id; null without a tokenizer. */
  tokenOf: ((id: number) => string | null) | null;
  /** By what activations are explained in the tables of figures; absent: nothing. */
  explain?: readonly ExplainKind[];
}

/** A file as it was read or written. */
export interface FileEntry {
  path: string;
  bytes: number;
  sha256: string;
}

/** Documents of a label field, and of its labels: of all their halves, the one that chooses thresholds first. */
export interface LabelCounts {
  field: string;
  documents: [number, number];
  /** Documents that lack the field. */
  missing: number;
  labels: {
    label: string;
    documents: [number, number];
    /** Whether each half has enough documents with it, and without it, for a test. */
    tested: boolean;
  }[];
}

/** Documents of a field of spans, and of its labels: of all their halves, the one that chooses thresholds first. */
export interface SpanCounts {
  field: string;
  documents: [number, number];
  /** Documents that have no text, or whose tokens could not be laid along it: left out. */
  unaligned: number;
  /** Documents that lack the field. */
  missing: number;
  labels: {
    label: string;
    documents: [number, number];
    /** Of them, those with no counted token inside, and others with none outside: they give no difference. */
    no_inside: [number, number];
    no_outside: [number, number];
    /** Whether each half has enough of the others for a test. */
    tested: boolean;
  }[];
}

/** `manifest.json` (design §7): a pure function of model, tokenizer, corpus and settings. */
export interface Manifest {
  format: 'neuroprobe-profile';
  format_version: string;
  /** False of a shard, or of some shards merged: there is a state and no tables. */
  complete: boolean;
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
    /** Of the list of the files' sizes and hashes; null where not all are known. */
    sha256: string | null;
    /** Those that were read. */
    files: (FileEntry & { records: number })[];
    /** Sum of the SHA-256 of the blocks computed, modulo 2^256, in hex. */
    digest: string;
    records: number;
    documents: number;
    /** With `skip_until`: documents of them without that text, of which nothing was skipped; absent: none. */
    headless?: number;
    windows: number;
    counted_tokens: number;
    /** With `dump`: activations above its threshold; absent: none. */
    dumped?: number;
    rejects: Record<string, number>;
  };
  /** Every setting that can change a byte. */
  settings: Record<string, string | number | boolean | null | (string | number)[]>;
  /** Only where labels were asked for. */
  labels?: LabelCounts[];
  /** Only where labels of spans were asked for. */
  spans?: SpanCounts[];
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
