import path from 'node:path';
import { layerAccumulator } from '../accumulate/layer-state.js';
import { Exit, UserError } from '../core/errors.js';
import { openDocuments, type DocumentSource } from '../profile/document-sample.js';
import { DOCUMENTS_FILE, REJECTS_FILE } from '../profile/format.js';
import { inspectOutput, locateOutput } from '../profile/output-place.js';
import { openRejects } from '../profile/rejects.js';
import type { SpooledBytes } from '../profile/spooled-bytes.js';
import { Coverage } from '../profile/state/coverage.js';
import { readLayer } from '../profile/state/layer-bytes.js';
import { StateFile } from '../profile/state/state-file.js';
import type { KnownFile, StateHeader } from '../profile/state/types.js';
import type { Manifest } from '../profile/types.js';
import { isComplete } from './completeness.js';
import { Covered, rejectsOf } from './covered.js';
import { accumulatorsOf, differenceOf, firstDifference } from './identity.js';
import { isDumped } from './dump.js';
import { requireFewLabels } from './label-cap.js';
import { takeLock } from './lock.js';
import { emptyCorpus } from '../corpus/read-blocks.js';
import { findStates } from './merge-inputs.js';
import { missingTrouble } from './missing.js';
import { mergeProcessors } from './processor.js';
import { makeMergeJson } from './run-json.js';
import type { RunOutcome } from './types.js';
import type { ResultLayer } from './write-result.js';

/** What is to be merged, and where to. */
export interface MergeRequest {
  /** States, folders that hold one, or folders of shards. */
  inputs: readonly string[];
  /** Directory to write. */
  output: string;
  /** Replace what stands there; default: no. */
  force?: boolean;
  /** Whether an incomplete result is written, as a state for a later merge; default: no. */
  partial?: boolean;
  /** Whether states of different kinds of processors are taken together; default: no. */
  allowMixed?: boolean;
  /** Whether report.html is written; default: yes. */
  html?: boolean;
}

/** Who watches a merge, and may stop it. */
export interface MergeHooks {
  signal?: AbortSignal;
  arguments?: readonly string[];
  /** Told after each layer. */
  onLayer?: (done: number, of: number) => void;
}

/**
 * Merges the states of shards into one profile, a layer at a time: memory is that
 * of three sets of the largest layer, one of them being written, however many states there are.
 * @throws UserError: 65 where a state is damaged, some overlap, or blocks are missing (unless `partial`); 78 where
 *   they are not of one run; 66, 73, 74, 75 as a run
 */
export async function merge(request: MergeRequest, hooks: MergeHooks = {}): Promise<RunOutcome> {
  const started = new Date();
  const { output, force = false, partial = false, allowMixed = false, html = true } = request;
  const states: StateFile[] = [];
  for (const file of await findStates(request.inputs)) states.push(await StateFile.open(file));
  for (const {
    path: where,
    header: { spools },
  } of states)
    if (spools !== undefined) throw checkpoint(where);
  const header = mergeHeaders(states, allowMixed);
  if (isDumped(header)) throw dumped(states[0]!.path);
  const complete = isComplete(header);
  if (!complete && !partial) throw await missingTrouble(header, states);
  if (complete && !header.files.some((file) => (file?.records ?? 0) > 0)) throw emptyCorpus(header.corpus);

  const lock = await takeLock(await locateOutput(output));
  try {
    const existing = await inspectOutput(output, force);
    if (existing !== null) {
      requireSameMerge(existing, header, complete, output);
      return { output, alreadyDone: true, complete, rejects: rejectsOf(header.covered), blocksByWorker: [] };
    }
    const result = {
      header,
      vocabulary: await states[0]!.vocabulary(),
      layers: mergeLayers(header, states, hooks),
      rejects: await rejectsBeside(states),
      dump: [],
      documents: await documentsBeside(states),
    };
    const runJson = () =>
      makeMergeJson({ started, states: states.map((state) => state.path), arguments: hooks.arguments });
    const options = { force, html, signal: hooks.signal, mayRename: () => lock.requireHeld() };
    // What writes tables and reports is half of the program: a merge that is refused does not wait for it.
    const { writeResult } = await import('./write-result.js');
    await writeResult(output, result, runJson, options);
    return { output, alreadyDone: false, complete, rejects: rejectsOf(header.covered), blocksByWorker: [] };
  } finally {
    await lock.release();
  }
}

/** Rejected lines lie in a file beside the state that counts them. */
async function rejectsBeside(states: readonly StateFile[]): Promise<SpooledBytes[]> {
  const sources: SpooledBytes[] = [];
  for (const { path: state, header } of states) {
    if (rejectsOf(header.covered) === 0) continue;
    const file = path.join(path.dirname(state), REJECTS_FILE);
    sources.push(await openRejects(file, header.covered.rejects_digest));
  }
  return sources;
}

/** Values of documents lie in a file beside the state, where its run kept some. */
async function documentsBeside(states: readonly StateFile[]): Promise<DocumentSource[]> {
  const sources: DocumentSource[] = [];
  for (const { path: state, header } of states) {
    if (accumulatorsOf(header).permutations === undefined) continue;
    sources.push(await openDocuments(path.join(path.dirname(state), DOCUMENTS_FILE), header));
  }
  return sources;
}

async function* mergeLayers(
  header: StateHeader,
  states: readonly StateFile[],
  { onLayer }: MergeHooks,
): AsyncGenerator<ResultLayer> {
  const settings = accumulatorsOf(header);
  const accumulator = layerAccumulator(settings);
  for (const i of header.model.sites.keys()) {
    const merged = readLayer(await states[0]!.layer(i), settings);
    for (const state of states.slice(1)) {
      accumulator.merge(merged.state, readLayer(await state.layer(i), settings).state);
      requireFewLabels(merged.state, settings, state.path);
    }
    onLayer?.(i + 1, header.model.sites.length);
    yield merged;
  }
}

/** The header of what the states are together. */
function mergeHeaders(states: readonly StateFile[], allowMixed: boolean): StateHeader {
  const [first, ...others] = states as [StateFile, ...StateFile[]];
  const processor = mergeProcessors(states.map(({ header }) => header.processor));
  const covered = new Covered();
  const files: (KnownFile | null)[] = first.header.corpus.map(() => null);
  for (const state of others) requireSame(first, state, allowMixed);
  for (const [i, { header, path: where }] of states.entries()) {
    const blocks = Coverage.of(header.covered.blocks);
    const twice = covered.blocks.overlap(blocks);
    if (twice !== null) throw overlapping(states.slice(0, i), where, twice, header);
    covered.addState(header.covered);
    header.files.forEach((file, f) => {
      if (file === null) return;
      const difference = files[f] == null ? null : differenceOf([['content', files[f], file]]);
      if (difference !== null) {
        throw unfit(
          `the states were computed from different contents of ${header.corpus[f]!.path}`,
          where,
          'compute the odd one again, with --force, from the corpus that the others read',
        );
      }
      files[f] = file;
    });
  }
  const { format, command, model, tokenizer, settings, corpus } = first.header;
  return {
    ...{ format, command, processor, model, tokenizer, settings, corpus },
    covered: covered.header(corpus.length),
    files,
  };
}

function requireSame(a: StateFile, b: StateFile, allowMixed: boolean): void {
  const other = allowMixed ? { ...b.header, processor: a.header.processor } : b.header;
  const difference = firstDifference(a.header, other);
  if (difference === null) return;
  const { what, was, is } = difference;
  const sizes = what.startsWith('size of ');
  throw unfit(
    `these states are not of one run: the ${what} is ${was} in the one, and ${is} in the other`,
    `${a.path}, ${b.path}`,
    what === 'processor'
      ? 'compute all on processors of one kind, or take them together with --allow-mixed: last digits may differ'
      : `compute them alike${sizes ? ': --corpus-size says how far to read a file that grows' : ''}`,
  );
}

function overlapping(
  before: readonly StateFile[],
  where: string,
  { file, block }: { file: number; block: number },
  { corpus }: StateHeader,
): UserError {
  const other = before.find(({ header }) => Coverage.of(header.covered.blocks).has(file, block))!;
  return new UserError({
    what: `two states hold the same block: ${block} of ${corpus[file]!.path}`,
    where: `${other.path}, ${where}`,
    todo: 'give each share of the corpus once',
    exit: Exit.DATA,
  });
}

/** @throws UserError (exit 73) where another profile stands at the output */
function requireSameMerge(existing: Manifest, header: StateHeader, complete: boolean, output: string): void {
  const difference =
    firstDifference({ ...existing, corpus: [] }, { ...header, corpus: [] }) ??
    differenceOf([
      ['corpus', existing.corpus.digest, header.covered.digest],
      ['completeness', existing.complete, complete],
    ]);
  if (difference === null) return;
  throw new UserError({
    what: `there is another profile already, and its ${difference.what} is ${difference.was}, not ${difference.is}`,
    where: output,
    todo: 'name another directory with -o, or replace that one with --force',
    exit: Exit.CANNOT_CREATE,
  });
}

function checkpoint(where: string): UserError {
  return new UserError({
    what: 'this is the checkpoint of a run that did not end, and no shard',
    where,
    todo: 'let the run go on with --resume, and merge what it leaves',
    exit: Exit.DATA,
  });
}

function dumped(where: string): UserError {
  return unfit(
    'this state is of a run with --dump, and a state holds nothing of what is dumped',
    where,
    'take the profile beside it as it is: it holds the whole corpus',
  );
}

function unfit(what: string, where: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.SETTINGS });
}
