import { Command } from 'commander';
import type { Command as CommandName } from '../run/types.js';
import { examples } from './help-text.js';
import { interruptible } from './interrupt.js';
import { printOutcome } from './print-outcome.js';
import { addProfilingOptions, requestOf, type ProfilingOptions } from './profiling-options.js';
import { openProgress } from './progress.js';

interface Words {
  summary: string;
  description: string;
  examples: readonly (readonly [command: string, says: string])[];
}

const MODEL_AND_CORPUS = `
MODEL is an .onnx file or a folder that holds one. CORPUS is JSONL: files, directories, globs, .gz, or - for standard input; each record has its text in "text" (--text-field) or its ids in "input_ids".`;

const WORDS: Readonly<Record<CommandName, Words>> = {
  profile: {
    summary: 'keep everything of every FFN neuron: figures, histograms, top examples',
    description: `Runs a corpus through a model and writes, of every FFN neuron, its figures, its histogram and its top examples.\n${MODEL_AND_CORPUS}`,
    examples: [
      ['neuroprobe profile models/gpt2 corpus.jsonl', 'writes ./gpt2-corpus.profile'],
      [
        'neuroprobe profile model.onnx corpora/ --tokenizer tok/ -o out --bottom',
        'all JSONL files of a directory, the most negative examples too',
      ],
      [
        'zcat dump.jsonl.gz | neuroprobe profile models/gpt2 - --limit 1000 --neurons L2.N17,L3.N0-99',
        'the first 1,000 records of standard input, some neurons only',
      ],
    ],
  },
  topk: {
    summary: 'keep the examples that make each neuron fire most',
    description: `Runs a corpus through a model and writes the examples that make each FFN neuron fire most; ends with those of the most selective neurons.\n${MODEL_AND_CORPUS}`,
    examples: [
      ['neuroprobe topk models/gpt2 corpus.jsonl -k 50', 'the 50 best examples of each neuron'],
      [
        'neuroprobe topk models/gpt2 corpus.jsonl --distinct none --per window --around 30',
        'also several of one document, at most one a window, with 30 tokens on each side',
      ],
    ],
  },
  stats: {
    summary: 'keep the figures and histograms of every neuron',
    description: `Runs a corpus through a model and writes figures and histograms of every FFN neuron; ends with the layers side by side and the dead neurons.\n${MODEL_AND_CORPUS}`,
    examples: [
      ['neuroprobe stats models/gpt2 corpus.jsonl', 'figures of every neuron'],
      [
        'neuroprobe stats models/gpt2 corpus.jsonl --layers 0-3 --tap pre --json',
        'the first four layers before the activation function, the summary as JSON',
      ],
    ],
  },
};

/** `profile`, `topk` or `stats`: one run, of which each shows and writes its part. */
export function profilingCommand(name: CommandName): Command {
  const words = WORDS[name];
  const command = new Command(name)
    .summary(words.summary)
    .description(words.description)
    .argument('<model>', 'an .onnx file, or a folder that holds one')
    .argument('<corpus...>', 'JSONL files, directories, globs, .gz, or - for standard input');
  return addProfilingOptions(command)
    .addHelpText('after', examples(words.examples))
    .action((model: string, corpus: string[], options: ProfilingOptions) =>
      run(name, model, corpus, options),
    );
}

async function run(
  name: CommandName,
  model: string,
  corpus: string[],
  options: ProfilingOptions,
): Promise<void> {
  const request = requestOf(name, model, corpus, options);
  const { profile } = await import('../run/profile.js');
  const view = await openProgress({ quiet: options.quiet ?? false });
  const hooks = {
    onProgress: view.update,
    onNotice: view.say,
    arguments: process.argv.slice(2),
  };
  let outcome;
  try {
    outcome = await interruptible(
      (signal) => profile(request, { ...hooks, signal }),
      () => {
        view.say('stopping; once more to stop at once');
        view.end();
      },
    );
  } finally {
    view.end();
  }
  await printOutcome(outcome, options);
}
