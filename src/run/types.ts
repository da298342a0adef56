import type { ExplainKind } from '../accumulate/explain-kinds.js';
import type { ReadBlock, RecordFields } from '../corpus/types.js';
import type { Device } from '../model/device.js';
import type { Tap } from '../model/types.js';
import type { Shard } from './shard.js';

export type Command = 'profile' | 'topk' | 'stats';

/** What a user asks of a run; paths as given. */
export interface ProfileRequest {
  command: Command;
  model: string;
  corpus: string[];
  /** null: `./<model>-<corpus>.profile`. */
  output: string | null;
  /** Folder or tokenizer.json; null: the model's folder. */
  tokenizer: string | null;
  fields: RecordFields;
  top: number;
  bottom: boolean;
  distinct: 'document' | 'text' | 'none';
  per: 'token' | 'window';
  /**
   * Examples beyond the extremes: of a uniform sample of all values, and of one of each sign and octave; and positions
   * at which the activations of all neurons are kept, which matching needs; 0: none.
   */
  samples: { random: number; bands: number; match?: number };
  /** Whether the sign cases of gated FFNs are kept. */
  gateCases: boolean;
  /** What chooses samples, and halves of documents: a whole number of 32 bits. */
  seed: number;
  /** Fields by whose labels documents are told apart; none: empty. */
  labelFields: readonly string[];
  /** Fields that hold labelled spans of the text; none: empty. */
  spanFields: readonly string[];
  /** Whether the labels that every text has are asked for (tokens/lexical.ts). */
  lexical: boolean;
  /** Documents whose values are kept, so that their labels can be permuted; 0: none. */
  permutations: number;
  /** Labels that there may be over all these fields, those of spans and of documents together. */
  maxLabels: number;
  /**
   * Whether every activation above a threshold (0 or more) is written, as another tool’s cache of at most `limit`
   * bytes; null: no.
   */
  dump: { to: 'delphi'; above: number; limit: number } | null;
  /** By what activations are explained, in the order of EXPLAIN_KINDS; nothing: empty. */
  explain: readonly ExplainKind[];
  /** Longest window; null: the least of 256 and the model's positions. */
  context: number | null;
  around: number;
  tap: Tap;
  /** As typed: `0-3,7` or `enc.0-3`; null: all. */
  layers: string | null;
  /** As typed: `L2.N17,L3.N0-99`; null: all. */
  neurons: string | null;
  /** Regular expression over the names of outputs that the graph has; null: see design §5. */
  outputs: string | null;
  /** Regular expression over the names of down projections (of the node or its weight); null: none asked for. */
  downProjection: string | null;
  /** Names of tensors, a layer each; null: none asked for. */
  tensors: readonly string[] | null;
  activeAbove: number;
  /** Powers of two. */
  sketchRange: [low: number, high: number];
  countSpecial: boolean;
  /** Positions at the start of each window that count for nothing, special tokens among them. */
  skipFirst: number;
  /** The text with which a document's head ends, whose tokens count for nothing; null: none is asked for. */
  skipUntil: string | null;
  blockSize: number;
  /** Padded tokens a batch holds at most. */
  batchTokens: number;
  maxLineBytes: number;
  /** What is done about a record that cannot be taken: the run fails, or counts it and sets it aside. */
  onBadRecord: 'fail' | 'skip';
  limit: number | null;
  /** null: chosen from cores and memory. */
  workers: number | null;
  threads: number;
  /** Where the model runs. */
  device: Device;
  /** Bytes that the run may take; null: a share of what is free. */
  memory: number | null;
  force: boolean;
  /** Whether report.html is written. It is made of the other files, and changes none of them but the manifest's list. */
  html: boolean;
  /** Whether to go on from the checkpoint of a run that did not end. */
  resume: boolean;
  /** Seconds between two checkpoints of a worker; null: at least 60, and 200 times what the last one took. */
  checkpointEvery: number | null;
  /** The share of the corpus to compute; null: all. */
  shard: Shard | null;
  /** Bytes to read of files of the corpus, by path as given, where they may have grown. */
  corpusSizes: Readonly<Record<string, number>>;
}

/** Told while a run goes on, at most a few times a second. */
export interface Progress {
  phase: 'loading' | 'running' | 'writing';
  /** Bytes of the corpus on disk read so far and in all; total null for standard input. */
  readBytes: number;
  totalBytes: number | null;
  /** Records read and handed out, and those of them that are computed: of a block under way, by its batches. */
  records: number;
  doneRecords: number;
  /** Records that `--limit` takes; null without it. */
  limit: number | null;
  countedTokens: number;
  /** Since the first batch was handed out. */
  seconds: number;
  workers: number;
  /** Why as many: `one a core`. */
  workersWhy: string;
}

/** Who watches a run, and may stop it. */
export interface RunHooks {
  /** Told how far the run is, at most a few times a second. */
  onProgress?: (progress: Progress) => void;
  /** One sentence to the user, e.g. which model of a folder was taken. */
  onNotice?: (sentence: string) => void;
  signal?: AbortSignal;
  /** For tests of the law: hands blocks to the workers in another order than the corpus'. */
  arrange?: (blocks: AsyncGenerator<ReadBlock>) => AsyncGenerator<ReadBlock>;
  /** The command line behind the program's name, for run.json. */
  arguments?: readonly string[];
}

/** What a run, or a merge, came to. */
export interface RunOutcome {
  /** The profile's directory as written. */
  output: string;
  /** True where a finished profile of the same settings and inputs was there already. */
  alreadyDone: boolean;
  /** False where the output is a shard, which `merge` makes a profile of. */
  complete: boolean;
  /** Records that could not be taken (`onBadRecord: 'skip'`). */
  rejects: number;
  /** Blocks that each worker computed. */
  blocksByWorker: number[];
}
