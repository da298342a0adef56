export type Tap = 'post' | 'pre' | 'act' | 'up';

/** One FFN of the graph, and the tensor at which its neurons are read. */
export interface Site {
  /** `''` where the model has one group; else `encoder`, `decoder`. */
  group: string;
  /** From 0 in order of execution within the group, in the full graph. */
  layer: number;
  dModel: number;
  dMlp: number;
  /** `relu`, `gelu`, `gelu_tanh`, `quick_gelu`, `silu`, `tanh`, `relu2` …, or `unknown`. */
  activation: string;
  /** Whether a second projection multiplies the activation. */
  gated: boolean;
  tap: Tap;
  /** The graph's own tensor that holds the tap. */
  tensor: string;
  /** Axes of that tensor where neurons are its second and not its last, as a Conv has them; null elsewhere. */
  channelAxes: number | null;
  /** Names of the nodes (an output's name where a node has none); null where there is none. */
  nodes: { up: string | null; gate: string | null; act: string | null; down: string | null };
}

export type TensorType =
  | 'float32'
  | 'float16'
  | 'float64'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int8'
  | 'uint8'
  | 'bool'
  | 'string'
  | 'other';

/** A graph input (not an initializer); a dimension is a number, or the name of a symbolic one (or null). */
export interface GraphInput {
  name: string;
  type: TensorType;
  shape: (number | string | null)[];
}

/** How a graph input that the exposed model keeps is fed. */
export type Feed =
  | {
      /** `source_*`: what the encoder is fed, where `input_ids` goes through the decoder. */
      kind:
        | 'source_ids'
        | 'source_mask'
        | 'encoder_hidden_states'
        | 'input_ids'
        | 'attention_mask'
        | 'position_ids'
        | 'token_type_ids'
        | 'cache_position';
      input: GraphInput;
    }
  /** A past of zero length: every dimension known but the batch (filled in per batch). */
  | { kind: 'past'; input: GraphInput; dims: (number | 'batch')[] }
  /** A constant, e.g. `use_cache_branch` = false. */
  | { kind: 'constant'; input: GraphInput; dims: number[]; value: number };

/** An encoder that is run before its decoder. */
export interface EncoderFile {
  path: string;
  feeds: Feed[];
  /** Output that the decoder takes as `encoder_hidden_states`. */
  output: string;
}

/** Which windows may share a batch without changing a bit of any row (design §6). */
export type BatchRule = 'any' | 'equal-length' | 'single';

/**
 * All that a worker needs to make its session and feed it: plain data,
 * structured-clone safe.
 */
export interface Exposure {
  /** The exposed, pruned ModelProto; large weights point into the original files. */
  modelBytes: Uint8Array;
  /** For `model_external_initializers_file_folder_path`; locations in `modelBytes` are relative to it. */
  externalFolder: string;
  /** The selected sites in the order of profile rows; `output` is the float32 graph output [batch, sequence, dMlp] (or [batch·sequence, dMlp]). */
  outputs: { site: Site; output: string }[];
  /** Where gate cases are kept: the taps `act` and `up` of each of `outputs`, one after another; else absent. */
  factors?: { site: Site; output: string }[];
  /** The graph's first output, which ends a run before its results are copied (no-copy.ts); null where it has none. */
  noCopy: string | null;
  feeds: Feed[];
  batchRule: BatchRule;
  /** Whether neurons of an encoder–decoder model's decoder are read: windows are then what it is fed. */
  decodes: boolean;
  /** The encoder in a file of its own, whose result the decoder is fed; null where the graph holds it, or needs none. */
  encoder: EncoderFile | null;
  /** Fixed dimensions of input_ids in the graph; null where they are free. */
  fixedBatch: number | null;
  fixedSequence: number | null;
  /** Rows of the token embedding, so ids are below this; null where the graph does not tell. */
  vocabulary: number | null;
  /** Longest sequence the model has positions for (config.json, or the position embedding); null if unbounded or unknown. */
  positions: number | null;
}
