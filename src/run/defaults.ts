import { EXPLAIN_KINDS } from '../accumulate/explain-kinds.js';
import type { ProfileRequest } from './types.js';

/** Bytes that a dump may take where the user says nothing: some disks’ tenth, and a reader’s memory. */
export const DUMP_LIMIT = 8 * 2 ** 30;

/** What a run does where the user says nothing: all of a request but the model and the corpus. */
export const DEFAULTS: Readonly<Omit<ProfileRequest, 'model' | 'corpus'>> = {
  command: 'profile',
  output: null,
  tokenizer: null,
  fields: { textField: 'text', idField: 'id', idsField: 'input_ids' },
  top: 20,
  bottom: false,
  distinct: 'document',
  per: 'token',
  samples: { random: 0, bands: 0 },
  gateCases: false,
  seed: 0,
  labelFields: [],
  spanFields: [],
  lexical: false,
  permutations: 0,
  maxLabels: 64,
  dump: null,
  explain: [],
  context: null,
  around: 16,
  tap: 'post',
  layers: null,
  neurons: null,
  outputs: null,
  downProjection: null,
  tensors: null,
  activeAbove: 0,
  sketchRange: [-11, 7],
  countSpecial: false,
  skipFirst: 0,
  skipUntil: null,
  blockSize: 32 * 2 ** 10,
  batchTokens: 1024,
  maxLineBytes: 64 * 2 ** 20,
  onBadRecord: 'fail',
  limit: null,
  workers: null,
  threads: 1,
  device: 'cpu',
  memory: null,
  force: false,
  html: true,
  resume: false,
  checkpointEvery: null,
  shard: null,
  corpusSizes: {},
};

/** A request of which only model and corpus must be said. */
export type AskedProfile = Pick<ProfileRequest, 'model' | 'corpus'> & Partial<ProfileRequest>;

export function withDefaults(asked: AskedProfile): ProfileRequest {
  const request = { ...DEFAULTS, ...asked };
  // Each once, and in one order: the setting is recorded.
  return { ...request, explain: EXPLAIN_KINDS.filter((kind) => request.explain.includes(kind)) };
}
