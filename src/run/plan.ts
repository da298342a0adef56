import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AccumulatorSettings } from '../accumulate/layer-state.js';
import { Exit, UserError } from '../core/errors.js';
import { resolveCorpus } from '../corpus/resolve-corpus.js';
import type { CorpusFile } from '../corpus/types.js';
import { exposeModel } from '../model/expose.js';
import { locateModel } from '../model/locate-model.js';
import { modelFiles } from '../model/model-files.js';
import { openModel } from '../model/open-model.js';
import type { Exposure, Site } from '../model/types.js';
import { counted } from '../report/numbers.js';
import { LEXICAL_LABELS } from '../tokens/lexical.js';
import { openTokenizer, tokenizerFiles, type TokenizerHandle } from '../tokens/tokenizer.js';
import { chooseWorkers, type WorkerChoice } from './choose-workers.js';
import { dumpMemory, requireDumpable } from './dump.js';
import type { Explaining } from './explain-memory.js';
import { predictMemory, type MemoryPrediction } from './memory.js';
import { requireKept } from './require-kept.js';
import { requireWritable } from './require-writable.js';
import { accumulatorSettings } from './settings.js';
import { formatChoice, selectNeurons } from './select-neurons.js';
import { requireRoom } from '../tokens/windows.js';
import { isServed } from './served/is-served.js';
import { shardFolder } from './shard.js';
import { size } from './size.js';
import type { ProfileRequest } from './types.js';

/** What a run will do, decided before anything is computed: plain data. */
export interface RunPlan {
  request: ProfileRequest;
  output: string;
  corpus: CorpusFile[];
  exposure: Exposure;
  /** All sites of the graph; those profiled are `exposure.outputs`. */
  sites: Site[];
  parameters: number;
  /** Columns kept of each output; null: all. */
  columns: (Int32Array | null)[];
  /** The neurons asked for in canonical form; null: all. */
  neurons: string[] | null;
  accumulators: AccumulatorSettings;
  context: number;
  tokenizer: string | null;
  /** The tokenizer, opened; null where there is none. */
  tokens: TokenizerHandle | null;
  /** Files to be hashed: the path to write down, and where it lies. */
  modelFiles: { path: string; location: string }[];
  tokenizerFiles: { path: string; location: string }[];
  memory: MemoryPrediction;
  workers: WorkerChoice;
  /** Sentences for the user. */
  notices: string[];
}

/** Window length unless the user or the model says less. */
const DEFAULT_CONTEXT = 256;

/**
 * Decides a run from what the user asked: finds model, neurons, tokenizer and
 * corpus, and chooses the number of workers. Writes nothing.
 * @throws UserError for whatever of it does not exist or does not fit
 */
export async function planRun(request: ProfileRequest): Promise<RunPlan> {
  requireKept(request);
  requireDumpable(request);
  const located = locateModel(request.model);
  const model = openModel(located.onnxPath);
  const exposed = exposeModel(model, request, request);
  const notices = [located.notice, ...exposed.notices].filter((notice) => notice !== null);
  requireText(request, exposed.exposure);
  const { exposure, columns, neurons } = keepNeurons(exposed.exposure, request.neurons);
  const corpus = await resolveCorpus(request.corpus);
  pinSizes(corpus, request.corpusSizes);
  requireShardable(request, corpus);
  const context = chooseContext(request.context, exposure);
  const tokenizer = findTokenizer(request.tokenizer, located.folder);
  // Opened here so that what is wrong with it is said before any work is done.
  const tokens = tokenizer === null ? null : await openTokenizer(tokenizer);
  if (tokens !== null) requireRoom(tokens, context);
  const files = [
    ...modelFiles(model, located.onnxPath),
    ...(exposed.encoder === null ? [] : modelFiles(exposed.encoder, exposed.encoder.path)),
  ];
  const accumulators = accumulatorSettings(request);
  const width = exposure.outputs.reduce((sum, { site }) => sum + site.dMlp, 0);
  const keptOf = exposure.outputs.map(({ site }, i) => columns[i]?.length ?? site.dMlp);
  const kept = keptOf.reduce((sum, neurons) => sum + neurons, 0);
  const vocabulary = exposure.vocabulary ?? tokens?.vocabulary ?? null;
  const explaining = { kinds: request.explain, context, vocabulary, neurons: keptOf };
  const memory = predictMemory(accumulators, {
    explaining,
    neurons: kept,
    width,
    rows: Math.max(request.batchTokens, (exposure.fixedBatch ?? 1) * context),
    weights: exposed.sessionBytes,
    dump: dumpMemory(request, context, kept),
    served: isServed(request.device),
    // One that has several windows has more tokens than one holds, and so more bytes.
    pending: Math.floor(request.blockSize / context) + 1,
  });
  requireWritable(memory, explaining);
  if (memory.gates > 0)
    notices.push(
      `sign cases of gates take ${size(memory.gates)} of a worker’s memory (--around and --neurons limit it)`,
    );
  if (memory.match > 0) notices.push(matchNotice(request, memory, kept));
  if (accumulators.labels !== undefined || accumulators.spans !== undefined)
    notices.push(labelNotice(request, memory, kept));
  if (request.permutations > 0) notices.push(permutationNotice(request, kept));
  if (request.explain.length > 0) notices.push(explainNotice(explaining, memory));
  const workers = chooseWorkers(request, corpus, memory);
  if (workers.notice !== null) notices.push(workers.notice);
  return {
    request,
    output: outputOf(request, defaultOutput(located.onnxPath, corpus)),
    corpus,
    exposure,
    sites: exposed.sites,
    parameters: exposed.parameters,
    columns,
    neurons,
    accumulators,
    context,
    tokenizer,
    tokens,
    modelFiles: files,
    tokenizerFiles: tokenizer === null ? [] : tokenizerFiles(tokenizer),
    memory,
    workers,
    notices,
  };
}

function matchNotice({ samples }: ProfileRequest, { match }: MemoryPrediction, neurons: number): string {
  return `the sample for matching takes ${size(match)} of a worker’s memory: ${counted(samples.match ?? 0, 'position')} of ${counted(neurons, 'neuron')} (--examples match=N and --neurons limit it)`;
}

function labelNotice(
  { labelFields, spanFields, lexical, maxLabels }: ProfileRequest,
  { concepts }: MemoryPrediction,
  neurons: number,
): string {
  const fields = labelFields.length + spanFields.length;
  const labels = [
    ...(fields > 0 ? [`up to ${counted(maxLabels, 'label')} in ${counted(fields, 'field')}`] : []),
    ...(lexical ? [`${LEXICAL_LABELS} lexical ones`] : []),
  ];
  const cure = fields > 0 ? '--max-labels and --neurons limit it' : '--neurons limits it';
  return `labels may take ${size(concepts)} of a worker’s memory: ${labels.join(' and ')}, for ${counted(neurons, 'neuron')} (${cure})`;
}

/** Predicts the file, not what workers set aside before it is known which documents are of the sample. */
function permutationNotice({ permutations }: ProfileRequest, neurons: number): string {
  return `values of up to ${counted(permutations, 'document')} for concepts --permutations take ${size(4 * permutations * neurons)} of disk, and some times as much while the run goes on: of ${counted(neurons, 'neuron')} each (--permutations N and --neurons limit it)`;
}

function explainNotice({ kinds, vocabulary }: Explaining, { explained }: MemoryPrediction): string {
  const by = kinds.join(', ');
  return vocabulary === null && kinds.some((kind) => kind !== 'position')
    ? `explaining activations by ${by} takes memory that nobody can foretell: neither the graph nor a tokenizer says how many token ids there are`
    : `explaining activations by ${by} may take ${size(explained)} of a worker’s memory (--neurons and --layers limit it)`;
}

/** Leaves out the layers that `--neurons` names nothing of. */
function keepNeurons(
  exposure: Exposure,
  asked: string | null,
): { exposure: Exposure; columns: (Int32Array | null)[]; neurons: string[] | null } {
  if (asked === null) return { exposure, columns: exposure.outputs.map(() => null), neurons: null };
  const choices = selectNeurons(
    asked,
    exposure.outputs.map(({ site }) => site),
  );
  const outputs = choices.map(({ site }) => exposure.outputs.find((output) => output.site === site)!);
  return {
    exposure: { ...exposure, outputs, ...factorsOf(exposure, outputs) },
    columns: choices.map(({ columns }) => columns),
    neurons: formatChoice(choices),
  };
}

/** The two factors of each of some outputs. */
function factorsOf({ outputs, factors }: Exposure, kept: Exposure['outputs']): Pick<Exposure, 'factors'> {
  if (factors === undefined) return {};
  const at = (output: Exposure['outputs'][number]) => 2 * outputs.indexOf(output);
  return { factors: kept.flatMap((output) => factors.slice(at(output), at(output) + 2)) };
}

function chooseContext(asked: number | null, { positions, fixedSequence }: Exposure): number {
  const longest = Math.min(positions ?? Infinity, fixedSequence ?? Infinity);
  if (asked === null) return Math.min(DEFAULT_CONTEXT, longest);
  if (asked > longest) {
    throw new UserError({
      what: `a context of ${asked} tokens is longer than the ${longest} positions that the model has`,
      where: '--context',
      todo: `give at most ${longest}, or leave it out`,
      exit: Exit.USAGE,
    });
  }
  return asked;
}

/** Files that may have grown are read to the size that is given for them. */
function pinSizes(corpus: CorpusFile[], sizes: ProfileRequest['corpusSizes']): void {
  for (const [path, size] of Object.entries(sizes)) {
    const file = corpus.find((candidate) => candidate.path === path);
    if (file === undefined || file.size === null) {
      throw usage(
        file === undefined ? `the corpus has no file ${path}` : 'standard input has no size to be given',
        '--corpus-size',
        'name a file of the corpus as it stands there: FILE=BYTES',
      );
    }
    if (file.size < size) {
      throw new UserError({
        what: `this file has ${file.size} bytes, and --corpus-size says ${size}`,
        where: path,
        todo: 'give the corpus as the other shards read it',
        exit: Exit.DATA,
      });
    }
    file.size = size;
  }
}

/** @throws UserError (2) where a text is skipped to and what the model is fed is none */
function requireText({ skipUntil }: ProfileRequest, { decodes }: Exposure): void {
  if (skipUntil === null || !decodes) return;
  throw usage(
    'a decoder is fed ids of its own (decoder_input_ids), and no text whose head could be left out',
    '--skip-until',
    'leave it out, or profile the encoder; --skip-first leaves out positions',
  );
}

/** @throws UserError (2) where a corpus or a limit cannot be shared out */
function requireShardable({ shard, limit }: ProfileRequest, corpus: readonly CorpusFile[]): void {
  if (shard === null) return;
  if (corpus.some(({ kind }) => kind === 'stdin')) {
    throw usage('standard input cannot be shared out: each shard reads the corpus', '--shard', 'name files');
  }
  if (shard.by === 'file' && limit !== null) {
    throw usage(
      'the first records of a corpus cannot be found without reading all files before them',
      '--limit with --shard-by file',
      'leave one of them out',
    );
  }
}

function usage(what: string, where: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.USAGE });
}

function outputOf({ output, shard }: ProfileRequest, byDefault: string): string {
  return shard === null ? (output ?? byDefault) : shardFolder(output ?? byDefault, shard);
}

/** The tokenizer asked for, or the one beside the model (or in the folder above an `onnx/` folder), or none. */
export function findTokenizer(asked: string | null, modelFolder: string): string | null {
  if (asked !== null) return asked;
  const folders =
    path.basename(modelFolder) === 'onnx' ? [modelFolder, path.dirname(modelFolder)] : [modelFolder];
  return folders.find((folder) => existsSync(path.join(folder, 'tokenizer.json'))) ?? null;
}

/** `./<model>-<corpus>.profile`: the model by its folder where the file is called model.onnx. */
function defaultOutput(onnxPath: string, corpus: readonly CorpusFile[]): string {
  const file = path.basename(onnxPath, '.onnx');
  const folder = path.basename(path.dirname(path.resolve(onnxPath)).replace(/[\\/]onnx$/, ''));
  const model =
    file === 'model'
      ? folder
      : file.startsWith('model')
        ? `${folder}-${file.slice(5).replace(/^[_-]/, '')}`
        : file;
  const first = corpus[0]!.path;
  const name =
    first === '-'
      ? 'stdin'
      : path
          .basename(first)
          .replace(/\.gz$/, '')
          .replace(/\.(jsonl|ndjson|json)$/, '');
  return `./${model}-${name}.profile`;
}
