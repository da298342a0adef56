import { Command, Option } from 'commander';
import { parseNeuron } from '../core/neuron-name.js';
import type { OpenProfile } from '../profile/open-profile.js';
import type { ConceptSort } from '../profile/read/concepts.js';
import type { ConceptAnswer, ConceptQuestion } from '../report/concepts.js';
import type { PermutationAnswer, PermutationQuestion } from '../report/permutations.js';
import { examples } from './help-text.js';
import { choiceOption } from './option-choice.js';
import { countOption } from './option-count.js';
import { shufflesOption } from './option-permutations.js';
import { textOption } from './option-text.js';
import { print, printJson } from './print.js';
import { addGroup, commonOptions } from './profiling-options.js';
import { openShareBar } from './share-bar.js';
import { lookOfStdout } from './terminal.js';
import { usageError } from '../core/usage-error.js';

interface ConceptsOptions {
  label?: string;
  neuron?: string;
  sort: ConceptSort;
  limit?: number;
  permutations?: number;
  seed?: number;
  json?: true;
  color: boolean;
}

const SORTS = ['f1', 'auroc', 'd', 'r', 'p'] as const satisfies ConceptSort[];

/** `concepts`: which neurons tell which labels. */
export function conceptsCommand(): Command {
  const command = new Command('concepts')
    .summary('show which neurons tell a label of documents, or of spans of their text')
    .description(
      'Shows which neurons tell the documents of a label from the others, and what is inside the spans of a label from what is outside, in a profile made with --label-field, --span-field or --lexical. With --label its neurons, with --neuron its labels, with neither the best neuron of each label.',
    )
    .argument('<profile>', 'a directory that profile or stats wrote');
  addGroup(command, 'Options:', [
    new Option('--label <FIELD=LABEL>', 'the neurons that follow this label best')
      .argParser(textOption('--label', 'a label, such as topic=sports or lexical=digit'))
      .conflicts('neuron'),
    new Option('--neuron <NEURON>', 'the labels that this neuron follows best, such as of L5.N3').argParser(
      textOption('--neuron', 'a neuron, such as L5.N3'),
    ),
    new Option('--sort <FIGURE>', `what comes first: ${SORTS.join(', ')}`)
      .argParser(choiceOption('--sort', SORTS))
      .default('f1'),
    new Option(
      '--limit <N>',
      'neurons of a label, or labels of a neuron (default: 20; of each label one)',
    ).argParser(countOption('--limit', { least: 1 })),
    shufflesOption().conflicts('neuron'),
    new Option('--seed <N>', 'of these shuffles (default: 0)').argParser(
      countOption('--seed', { least: 0, most: 2 ** 32 - 1 }),
    ),
    new Option('--json', 'print labels and rows as one JSON object'),
    ...commonOptions(),
  ]);
  return command
    .addHelpText(
      'after',
      examples([
        ['neuroprobe concepts gpt2-corpus.profile', 'the best neuron of each label'],
        ['neuroprobe concepts gpt2-corpus.profile --label topic=sports', 'the neurons of one label'],
        ['neuroprobe concepts gpt2-corpus.profile --label lexical=digit', 'those of a label of --lexical'],
        ['neuroprobe concepts gpt2-corpus.profile --neuron L5.N3 --sort r', 'the labels of one neuron'],
        [
          'neuroprobe concepts gpt2-corpus.profile --sort auroc --permutations',
          'what is left of them beside the best of 1,000 shuffles',
        ],
      ]),
    )
    .action(concepts);
}

async function concepts(directory: string, options: ConceptsOptions): Promise<void> {
  if (options.seed !== undefined && options.permutations === undefined)
    throw usageError(
      '--seed',
      'it chooses the shuffles of --permutations',
      'give --permutations too, or leave it out',
    );
  const question = {
    label: options.label ?? null,
    neuron: options.neuron === undefined ? null : parseNeuron(options.neuron),
    sort: options.sort,
    limit: options.limit ?? null,
  };
  const [{ openProfile }, { askConcepts, renderConcepts }] = await Promise.all([
    import('../profile/open-profile.js'),
    import('../report/concepts.js'),
  ]);
  const profile = await openProfile(directory);
  const answer = askConcepts(profile, question);
  if (options.permutations !== undefined) {
    const shuffled = { permutations: options.permutations, seed: options.seed ?? 0 };
    answer.permutations = await whatChanceGives(directory, profile, answer, question, shuffled);
  }
  if (options.json) return printJson(answer);
  await print(renderConcepts(answer, question, lookOfStdout(options.color)));
}

async function whatChanceGives(
  directory: string,
  profile: OpenProfile,
  answer: ConceptAnswer,
  question: ConceptQuestion,
  shuffled: PermutationQuestion,
): Promise<PermutationAnswer> {
  const [{ DocumentSample }, { askPermutations }] = await Promise.all([
    import('../profile/read/documents.js'),
    import('../report/permutations.js'),
  ]);
  const sample = await DocumentSample.open(directory, profile.manifest);
  const bar = await openShareBar('neurons', { quiet: false });
  try {
    return await askPermutations(profile, sample, answer, question, shuffled, (share) => {
      bar.update(Math.floor(share * sample.neurons), sample.neurons);
      return new Promise((resolve) => setImmediate(resolve)); // the bar is drawn, and Ctrl-C heard
    });
  } finally {
    bar.end();
  }
}
