import { Option, type Command } from 'commander';
import type { SiteChoice } from '../model/choose-sites.js';
import { DEVICES } from '../model/device.js';
import { EXPLAIN_KINDS } from '../accumulate/explain-kinds.js';
import { DEFAULTS } from '../run/defaults.js';
import type { Command as CommandName, ProfileRequest } from '../run/types.js';
import { bytesOption, formatBytes } from './option-bytes.js';
import { choiceOption } from './option-choice.js';
import { countOption } from './option-count.js';
import { numberOption } from './option-number.js';
import { keepDocumentsOption } from './option-permutations.js';
import { patternOption } from './option-pattern.js';
import { corpusSizeOption } from './option-corpus-size.js';
import { dumpOf, dumpOptions, type DumpOptions } from './option-dump.js';
import { explainOption } from './option-explain.js';
import { fieldOption } from './option-field.js';
import { noHtmlOption } from './option-no-html.js';
import { BANDS, MATCH, RANDOM, samplesOption } from './option-samples.js';
import { shardOf, type ShardOptions } from './option-shard.js';
import { sketchRangeOption } from './option-sketch-range.js';
import { listOption, textOption } from './option-text.js';
import { usageError } from '../core/usage-error.js';

/** What commander makes of the options below; those without a default may be absent. */
export interface ProfilingOptions extends SiteOptions, ShardOptions, DumpOptions {
  resume?: true;
  checkpointEvery?: number;
  corpusSize?: Record<string, number>;
  output?: string;
  force?: true;
  html: boolean;
  top: number;
  bottom?: true;
  distinct: ProfileRequest['distinct'];
  per: ProfileRequest['per'];
  examples: ProfileRequest['samples'];
  seed: number;
  gateCases?: true;
  labelField?: string[];
  spanField?: string[];
  lexical?: true;
  permutations?: number;
  maxLabels: number;
  explain: ProfileRequest['explain'];
  around: number;
  neurons?: string;
  activeAbove: number;
  sketchRange: ProfileRequest['sketchRange'];
  context?: number;
  countSpecial?: true;
  skipFirst: number;
  skipUntil?: string;
  tokenizer?: string;
  textField: string;
  idField: string;
  limit?: number;
  maxLineBytes: number;
  onBadRecord: ProfileRequest['onBadRecord'];
  workers?: number;
  threads: number;
  device: ProfileRequest['device'];
  memory?: number;
  blockSize: number;
  batchTokens: number;
  quiet?: true;
  json?: true;
  color: boolean;
  debug?: true;
}

const GIB = 2 ** 30;

/** A window longer than this is a mistake: no model has so many positions. */
const MOST_CONTEXT = 2 ** 24;

/** Adds the options that `profile`, `topk` and `stats` share. */
export function addProfilingOptions(command: Command): Command {
  addGroup(command, 'What is kept of a neuron:', keptOptions());
  addGroup(command, 'Which neurons:', neuronOptions());
  addGroup(command, 'The corpus:', corpusOptions());
  addGroup(command, 'The run:', runOptions());
  addGroup(command, 'Interrupted, and spread over machines:', lastingOptions());
  return command;
}

/** The request that the words of a command line make. */
export function requestOf(
  command: CommandName,
  model: string,
  corpus: string[],
  options: ProfilingOptions,
): ProfileRequest {
  return {
    command,
    model,
    corpus,
    output: options.output ?? null,
    tokenizer: options.tokenizer ?? null,
    fields: { textField: options.textField, idField: options.idField, idsField: 'input_ids' },
    top: options.top,
    bottom: options.bottom ?? false,
    distinct: options.distinct,
    per: options.per,
    samples: options.examples,
    gateCases: options.gateCases ?? false,
    seed: options.seed,
    labelFields: options.labelField ?? [],
    spanFields: options.spanField ?? [],
    lexical: options.lexical ?? false,
    permutations: options.permutations ?? 0,
    maxLabels: options.maxLabels,
    dump: dumpOf(options),
    explain: options.explain,
    context: options.context ?? null,
    around: options.around,
    ...siteChoiceOf(options),
    neurons: options.neurons ?? null,
    activeAbove: options.activeAbove,
    sketchRange: options.sketchRange,
    countSpecial: options.countSpecial ?? false,
    skipFirst: options.skipFirst,
    skipUntil: options.skipUntil ?? null,
    blockSize: options.blockSize,
    batchTokens: options.batchTokens,
    maxLineBytes: options.maxLineBytes,
    onBadRecord: options.onBadRecord,
    limit: options.limit ?? null,
    workers: options.workers ?? null,
    threads: options.threads,
    device: options.device,
    memory: options.memory ?? null,
    force: options.force ?? false,
    html: options.html,
    resume: options.resume ?? false,
    checkpointEvery: options.checkpointEvery ?? null,
    shard: shardOf(options, process.env),
    corpusSizes: options.corpusSize ?? {},
  };
}

/** @throws UserError (exit 2) where labels are asked for that cannot be had, or twice */
function keptOptions(): Option[] {
  return [
    new Option('-k, --top <N>', 'examples to keep of each neuron')
      .argParser(countOption('--top', { least: 1, most: 10_000 }))
      .default(DEFAULTS.top),
    new Option('--bottom', 'keep the most negative examples too'),
    new Option(
      '--distinct <WHAT>',
      'at most one example a "document", a "text" (for texts that repeat), or "none" for no such rule',
    )
      .argParser(choiceOption('--distinct', ['document', 'text', 'none']))
      .default(DEFAULTS.distinct),
    new Option('--per <WHAT>', 'what competes to be an example: each "token", or the best of each "window"')
      .argParser(choiceOption('--per', ['token', 'window']))
      .default(DEFAULTS.per),
    new Option(
      '--examples <LIST>',
      `examples beyond the extremes: "random", a uniform sample (random=N: N of each neuron, else ${RANDOM}), "bands", a sample of each sign and octave (bands=N: N of each, else ${BANDS}), and "match", all activations at the same random positions (match=N: N of them, else ${MATCH}), for diff --match`,
    )
      .argParser(samplesOption)
      .default(DEFAULTS.samples, 'none'),
    new Option(
      '--gate-cases',
      'of gated FFNs, keep how often gate and other factor have which signs, with the mean and the largest product of each case',
    ),
    new Option(
      '--label-field <NAME>',
      'field of a record that holds its label or a list of them: which neurons tell a label’s documents from the others; several times for several fields',
    ).argParser(fieldOption('--label-field')),
    new Option(
      '--span-field <NAME>',
      'field of a record that holds spans of its text, a list of {"start", "end", "label"} in characters: which neurons tell what is inside a label’s spans from what is outside; several times for several fields',
    ).argParser(fieldOption('--span-field')),
    new Option(
      '--lexical',
      'the same for what every text shows: words that are capitalised or all caps, digits, punctuation, quotes, newlines, first tokens of words and sentences, questions, positions',
    ),
    keepDocumentsOption(),
    new Option('--max-labels <N>', 'labels that there may be over all fields of records: each takes memory')
      .argParser(countOption('--max-labels', { least: 1, most: 65_536 }))
      .default(DEFAULTS.maxLabels),
    new Option(
      '--explain <LIST>',
      `what share of each neuron's variance it explains: ${EXPLAIN_KINDS.join(', ')} (the token before), joined by commas; tokens take memory for each id of the vocabulary`,
    )
      .argParser(explainOption)
      .default(DEFAULTS.explain, 'nothing'),
    new Option('--seed <N>', 'chooses the samples, and the halves of the documents that labels are tested on')
      .argParser(countOption('--seed', { least: 0, most: 2 ** 32 - 1 }))
      .default(DEFAULTS.seed),
    new Option('--around <N>', 'tokens of context to keep on each side of an example')
      .argParser(countOption('--around', { least: 0, most: 4096 }))
      .default(DEFAULTS.around),
    new Option('--active-above <X>', 'activation above which a neuron counts as active')
      .argParser(numberOption('--active-above'))
      .default(DEFAULTS.activeAbove),
    new Option('--sketch-range <LOW:HIGH>', 'powers of two between which the histogram has its bins')
      .argParser(sketchRangeOption)
      .default(DEFAULTS.sketchRange, DEFAULTS.sketchRange.join(':')),
    ...dumpOptions(),
  ];
}

function neuronOptions(): Option[] {
  return [
    ...siteOptions(),
    new Option('--neurons <LIST>', 'only these neurons, such as L2.N17,L3.N0-99 (default: all)').argParser(
      listOption('--neurons', 'neurons, such as L2.N17,L3.N0-99'),
    ),
  ];
}

function corpusOptions(): Option[] {
  return [
    new Option('--text-field <NAME>', 'field of a record that holds its text')
      .argParser(textOption('--text-field', 'the name of a field'))
      .default(DEFAULTS.fields.textField),
    new Option('--id-field <NAME>', 'field of a record that holds its own id, if it has one')
      .argParser(textOption('--id-field', 'the name of a field'))
      .default(DEFAULTS.fields.idField),
    new Option('--tokenizer <PATH>', "tokenizer.json or its folder (default: the model's folder)").argParser(
      textOption('--tokenizer', 'a path'),
    ),
    new Option(
      '--context <N>',
      "longest window, in tokens (default: 256, or the model's positions if fewer)",
    ).argParser(countOption('--context', { least: 1, most: MOST_CONTEXT })),
    new Option('--count-special', 'count the tokens that the tokenizer adds, too'),
    new Option(
      '--skip-first <N>',
      'leave out the first N positions of each window, special tokens among them: they carry attention sinks',
    )
      .argParser(countOption('--skip-first', { least: 0, most: MOST_CONTEXT }))
      .default(DEFAULTS.skipFirst),
    new Option(
      '--skip-until <TEXT>',
      "leave out each document's tokens up to the first TEXT, it included, such as a speaker's name up to $'\\n'; documents without it are counted whole, and told",
    ).argParser(skipUntilOption),
    new Option('--limit <N>', 'only the first N records').argParser(
      countOption('--limit', { least: 1, most: Number.MAX_SAFE_INTEGER }),
    ),
    new Option('--max-line-bytes <BYTES>', 'longest line taken')
      .argParser(bytesOption('--max-line-bytes', { least: 1, most: 1 * GIB }))
      .default(DEFAULTS.maxLineBytes, formatBytes(DEFAULTS.maxLineBytes)),
    new Option(
      '--on-bad-record <WHAT>',
      'what is done about a record that cannot be taken: "fail", or "skip", which counts it, sets its line aside and ends with exit code 3',
    )
      .argParser(choiceOption('--on-bad-record', ['fail', 'skip']))
      .default(DEFAULTS.onBadRecord),
  ];
}

/** Any text, white space too, but for none. */
function skipUntilOption(text: string): string {
  if (text === '')
    throw usageError('--skip-until', '--skip-until was given nothing', 'give the text to skip to');
  return text;
}

function runOptions(): Option[] {
  return [
    new Option('-o, --output <DIR>', 'directory to write (default: ./<model>-<corpus>.profile)').argParser(
      textOption('--output', 'a directory'),
    ),
    new Option(
      '--force',
      'replace a finished profile that is in the way; discard a checkpoint, but for --resume',
    ),
    noHtmlOption(),
    new Option(
      '--workers <N>',
      'threads that run the model and count, each with a session of its own on the CPU (default: one a core, as memory allows)',
    ).argParser(countOption('--workers', { least: 1, most: 1024 })),
    new Option(
      '--threads <N>',
      'threads within a session; more than 1 may change last digits, and is recorded',
    )
      .argParser(countOption('--threads', { least: 1, most: 1024 }))
      .default(DEFAULTS.threads),
    new Option(
      '--device <NAME>',
      `where the model runs, and it is recorded: ${DEVICES.join(', ')}; all but cpu need their own library`,
    )
      .argParser(choiceOption('--device', DEVICES))
      .default(DEFAULTS.device),
    new Option(
      '--memory <BYTES>',
      'memory that the run may take, such as 8GiB: it limits the workers (default: 80 % of what is free)',
    ).argParser(bytesOption('--memory', { least: 1, most: 2 ** 50 })),
    new Option('--block-size <BYTES>', 'bytes of corpus that one worker takes at a time, such as 8KiB')
      .argParser(bytesOption('--block-size', { least: 1, most: 1 * GIB }))
      .default(DEFAULTS.blockSize, formatBytes(DEFAULTS.blockSize)),
    new Option('--batch-tokens <N>', 'tokens that go through the model at once, padding included')
      .argParser(countOption('--batch-tokens', { least: 1, most: MOST_CONTEXT }))
      .default(DEFAULTS.batchTokens),
    new Option('--quiet', 'say nothing of progress'),
    new Option('--json', 'print the summary as one JSON object'),
    ...commonOptions(),
  ];
}

function lastingOptions(): Option[] {
  return [
    new Option(
      '--resume',
      'go on from the checkpoint of a run that did not end; begins anew where there is none',
    ),
    new Option(
      '--checkpoint-every <SECONDS>',
      'how often each worker saves what it has (default: every minute, or rarer where that takes long)',
    ).argParser(numberOption('--checkpoint-every', { above: 0 })),
    new Option(
      '--shard <i/n>',
      'compute one share of the corpus, i from 0, into OUT/shard-i-of-n; "auto" takes i from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX',
    ).argParser(textOption('--shard', 'a share of the corpus, such as 0/8, or auto')),
    new Option('--shards <N>', 'with --shard auto: how many there are').argParser(
      countOption('--shards', { least: 1, most: 1_000_000 }),
    ),
    new Option(
      '--shard-by <WHAT>',
      'share out each "block" of the corpus (default), or whole files: "file"',
    ).argParser(choiceOption('--shard-by', ['block', 'file'])),
    new Option(
      '--corpus-size <FILE=BYTES>',
      'read a file that still grows only so far; several times for several files',
    ).argParser(corpusSizeOption),
  ];
}

/** Options of every command. */
export function commonOptions(): Option[] {
  return [
    new Option('--no-color', 'no colour (also: NO_COLOR in the environment)'),
    new Option('--debug', 'with an error, print where in our code it arose'),
  ];
}

/** What commander makes of `siteOptions`. */
export interface SiteOptions {
  tap: ProfileRequest['tap'];
  layers?: string;
  outputs?: string;
  downProj?: string;
  tensor?: string[];
}

/** Where neurons are read, and which layers: of every command that looks into a model. */
export function siteOptions(): Option[] {
  return [
    new Option(
      '--tap <WHERE>',
      'where an FFN is read: "post" what enters the down projection, "pre" what enters the activation function, "act" the activation before a gate\'s product, "up" the other factor',
    )
      .argParser(choiceOption('--tap', ['post', 'pre', 'act', 'up']))
      .default(DEFAULTS.tap),
    new Option('--layers <LIST>', 'only these layers, such as 0-3,7 or enc.0-3 (default: all)').argParser(
      listOption('--layers', 'layers, such as 0-3,7'),
    ),
    new Option(
      '--outputs <REGEX>',
      'read outputs that the graph has already, by name; the first group is the layer',
    ).argParser(patternOption('--outputs')),
    new Option(
      '--down-proj <REGEX>',
      'take the projections with such a name (of the node or its weight) for down projections; the first group is the layer',
    ).argParser(patternOption('--down-proj')),
    new Option(
      '--tensor <NAME>',
      'read this tensor of the graph; several times for several layers',
    ).argParser((text: string, before: string[] | undefined) => [
      ...(before ?? []),
      textOption('--tensor', 'a name')(text),
    ]),
  ];
}

/** @throws UserError (exit 2) where two ways of naming sites are mixed */
export function siteChoiceOf({ tap, layers, outputs, downProj, tensor }: SiteOptions): SiteChoice {
  const ways = { '--outputs': outputs, '--down-proj': downProj, '--tensor': tensor };
  const used = Object.keys(ways).filter((flag) => ways[flag as keyof typeof ways] !== undefined);
  if (used.length > 1)
    throw usageError(used.join(', '), 'these name the same thing in different ways', 'give one of them');
  return {
    tap,
    layers: layers ?? null,
    outputs: outputs ?? null,
    downProjection: downProj ?? null,
    tensors: tensor ?? null,
  };
}

/** Adds options under a heading of the help. */
export function addGroup(command: Command, heading: string, options: readonly Option[]): void {
  for (const option of options) command.addOption(option.helpGroup(heading));
}
