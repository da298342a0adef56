import type { MessagePort } from 'node:worker_threads';
import type { AccumulatorSettings, LayerState } from '../accumulate/layer-state.js';
import type { Trouble } from '../core/errors.js';
import type { ReadBlock, RecordFields } from '../corpus/types.js';
import type { Device } from '../model/device.js';
import type { Exposure } from '../model/types.js';
import type { SpooledBytes } from '../profile/spooled-bytes.js';
import type { LabelName } from './label-cap.js';
import type { ProfileRequest } from './types.js';
import type { CheckpointPlace } from './save-checkpoint.js';
import type { SpoolKind } from './spool.js';

/** What a worker needs to compute any block: plain data, sent once when it starts. */
export interface WorkerSetup {
  exposure: Exposure;
  /** The model's path as given, for messages. */
  model: string;
  /** tokenizer.json or its folder; null where every record brings its ids. */
  tokenizer: string | null;
  /** Paths of the corpus' files as given, for messages. */
  files: string[];
  fields: RecordFields;
  /** Longest window, in tokens. */
  context: number;
  countSpecial: boolean;
  skipFirst: number;
  skipUntil: string | null;
  batchTokens: number;
  onBadRecord: ProfileRequest['onBadRecord'];
  threads: number;
  device: Device;
  /** Whether all workers share one session, in a thread of its own. */
  served: boolean;
  /** To the thread with that session; null where the worker opens its own. */
  session: MessagePort | null;
  accumulators: AccumulatorSettings;
  /** Threshold above which activations are dumped; null: none are. */
  dumpAbove: number | null;
  /** Columns kept of each output of the exposure, ascending; null: all. */
  columns: (Int32Array | null)[];
  /** Which of the workers this one is, from 0. */
  worker: number;
  /** States that it goes on from, as paths. */
  resume: string[];
  /** Where it saves its state when it is told to, the lines that it rejects, values of documents, and what it dumps. */
  checkpoint: CheckpointPlace;
  /** Which documents may be of the sample (sample-bar.ts); null where there is none. */
  sampleBar: SharedArrayBuffer | null;
}

/** What one block held. */
export interface BlockSummary {
  documents: number;
  /** With `--skip-until`: documents without that text. */
  headless: number;
  windows: number;
  countedTokens: number;
  /** With `--dump`: activations above its threshold. */
  dumped: number;
  /** Records that could not be taken, by reason. */
  rejects: Record<string, number>;
  /** `rejectsDigest` of them. */
  rejectsDigest: string;
  /** Labels that the worker had not met before. */
  labels: LabelName[];
  /** Upper halves of the hashes of the documents set aside for the sample. */
  sampled: number[];
  /** Tokens that went through the model, padding included. */
  fedTokens: number;
  /** Milliseconds of the worker: from bytes to batches of ids, in the model, in the accumulators. */
  tokenizeTime: number;
  modelTime: number;
  accumulateTime: number;
}

export const EMPTY_SUMMARY: Omit<BlockSummary, 'rejects' | 'rejectsDigest' | 'labels' | 'sampled'> = {
  documents: 0,
  headless: 0,
  windows: 0,
  countedTokens: 0,
  dumped: 0,
  fedTokens: 0,
  tokenizeTime: 0,
  modelTime: 0,
  accumulateTime: 0,
};

/** A block, or some of its batches: what one worker is asked to compute. */
export interface Work {
  /** The block's number in the order in which blocks are handed out. */
  sequence: number;
  block: ReadBlock;
  /** The batches [from, to) of the block; `to` null: to its last. Who has the first counts its documents. */
  from: number;
  to: number | null;
}

export type ToWorker =
  | { type: 'work'; job: number; work: Work }
  /** Asks for work that is not begun, for a worker that has none: answered by `given`. */
  | { type: 'share' }
  /** Asks for a checkpoint when the block under way is done: answered by `saved`. */
  | { type: 'checkpoint' }
  /** Asks for the state, after which it is given nothing but states to merge: answered by `state`. */
  | { type: 'finish' }
  /** Two states of a layer: answered by `merged`. */
  | { type: 'merge'; into: LayerState; from: LayerState }
  | { type: 'quit' };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'counted'; tokens: number; records: number }
  | { type: 'done'; job: number; summary: BlockSummary }
  /** `job` null: the worker itself failed. */
  | { type: 'failed'; job: number | null; failure: Failure }
  /** A job that was not begun (`job`), or batches of the one under way (`job` null); null where there is neither. */
  | { type: 'given'; work: Work | null; job: number | null }
  /** @property blocks how many the worker's checkpoint on disk holds, of those that it was given */
  | { type: 'saved'; blocks: number; milliseconds: number }
  | { type: 'not saved'; failure: Failure }
  | { type: 'merged'; layer: LayerState }
  | { type: 'state'; layers: LayerState[]; spooled: Spooled };

/** What a worker's blocks gave that is not in its state, by where it lies; null where there is none. */
export type Spooled = Record<SpoolKind, SpooledBytes | null>;

/** An error that crossed a thread. */
export type Failure =
  { kind: 'user'; trouble: Omit<Trouble, 'cause'> } | { kind: 'bug'; message: string; stack: string };
