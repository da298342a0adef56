import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { isGlob } from '../corpus/glob-pattern.js';
import { visible } from '../report/visible.js';
import {
  kubernetesManifest,
  parallelScript,
  slurmScript,
  type KubernetesPlace,
  type SlurmPlace,
  type SharedRun,
} from '../run/cluster-scripts.js';
import type { Command as CommandName } from '../run/types.js';
import { profilingCommand } from './command-profile.js';
import { examples } from './help-text.js';
import { countOption } from './option-count.js';
import { textOption } from './option-text.js';
import { print } from './print.js';
import { commonOptions } from './profiling-options.js';
import { usageError } from '../core/usage-error.js';

interface ClusterOptions {
  shards: number;
  program: string;
}

/** `cluster`: prints what shares a run out over a cluster; runs nothing. */
export function clusterCommand(): Command {
  const command = new Command('cluster')
    .enablePositionalOptions()
    .summary('print a script that shares a run out over a cluster')
    .description(
      'Prints what computes a run in shards and merges them. Nothing is run: read it, change it, and give it to bash or kubectl.',
    )
    .addHelpText('after', examples([SLURM_EXAMPLE, PARALLEL_EXAMPLE]));
  return command.addCommand(slurmCommand()).addCommand(kubernetesCommand()).addCommand(parallelCommand());
}

const SLURM_EXAMPLE = [
  'neuroprobe cluster slurm --shards 64 profile models/gpt2 corpus/ -o gpt2.profile | bash',
  'submits an array of 64 tasks, and the merge behind it',
] as const;
const PARALLEL_EXAMPLE = [
  'neuroprobe cluster parallel --shards 8 stats models/gpt2 corpus.jsonl -o out | bash',
  'side by side on this machine, or those that parallel knows',
] as const;

function slurmCommand(): Command {
  return kind('slurm', 'a shell script for Slurm: an array job and a merge that waits for it')
    .addOption(
      new Option('--sbatch <OPTIONS>', 'options for sbatch, in quotes: "--time=4:00:00 --mem=16G -c 4"'),
    )
    .addOption(new Option('--sbatch-merge <OPTIONS>', 'those of the merge, if they are others'))
    .addOption(
      new Option('--at-once <N>', 'tasks that run at the same time at most').argParser(
        countOption('--at-once', { least: 1, most: 1_000_000 }),
      ),
    )
    .addHelpText('after', examples([SLURM_EXAMPLE]))
    .action((words: string[], options: ClusterOptions & SlurmPlace) =>
      print(slurmScript(sharedRun(words, options, true), options).trimEnd()),
    );
}

function kubernetesCommand(): Command {
  return kind('kubernetes', 'two Jobs for Kubernetes: an indexed one, and one that merges')
    .addOption(
      new Option('--image <IMAGE>', 'container image that has neuroprobe')
        .argParser(textOption('--image', 'an image'))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--claim <NAME>', 'volume claim that model, corpus and output lie on').default('work'),
    )
    .addOption(
      new Option('--mount <PATH>', 'where it is mounted, and the folder to work in').default('/work'),
    )
    .addHelpText(
      'after',
      examples([
        [
          'neuroprobe cluster kubernetes --shards 64 --image REGISTRY/neuroprobe:1 profile gpt2 corpus/ -o gpt2.profile | kubectl apply -f -',
          'paths are those in the volume',
        ],
      ]),
    )
    .action((words: string[], options: ClusterOptions & KubernetesPlace) =>
      print(kubernetesManifest(sharedRun(words, options, false), options).trimEnd()),
    );
}

function parallelCommand(): Command {
  return kind('parallel', 'two lines for GNU parallel')
    .addHelpText('after', examples([PARALLEL_EXAMPLE]))
    .action((words: string[], options: ClusterOptions) =>
      print(parallelScript(sharedRun(words, options, true)).trimEnd()),
    );
}

/** What the kinds have in common. */
function kind(name: string, says: string): Command {
  const command = new Command(name)
    .summary(says)
    .description(`Prints ${says}.`)
    .argument('<run...>', 'one run over the whole corpus: profile, topk or stats with all it is to be given')
    .passThroughOptions();
  for (const option of [
    new Option('--shards <N>', 'how many shares of the corpus: tasks that run side by side')
      .argParser(countOption('--shards', { least: 1, most: 1_000_000 }))
      .makeOptionMandatory(),
    new Option('--program <COMMAND>', 'what to call neuroprobe by, such as "npx neuroprobe"').default(
      'neuroprobe',
    ),
    ...commonOptions(),
  ])
    command.addOption(option);
  return command;
}

/**
 * Reads the run as it will be read, so that what is wrong with it is said now and not by each task.
 * @returns the model and the corpus that it names
 */
function requireRunnable([name, ...words]: readonly string[]): string[] {
  const run = profilingCommand(name as CommandName)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .action(() => {})
    .parse(words, { from: 'user' });
  const [, ...corpus] = run.args;
  if (corpus.includes('-'))
    throw usageError('-', 'standard input cannot be shared out', 'name files that every task can read');
  return run.args;
}

/** Tasks may run where there are other files, so what is not here is only told. */
function tellAbsent(paths: readonly string[]): void {
  const absent = paths.filter((file) => !isGlob(file) && !existsSync(file));
  if (absent.length === 0) return;
  const names = absent.map(visible).join(', ');
  const must =
    absent.length === 1
      ? 'is not here; each task must find it under that name'
      : 'are not here; each task must find them under these names';
  process.stderr.write(`neuroprobe: ${names} ${must}\n`);
}

/** Options of a run that sharing out says itself, with what follows each. */
const OWN = ['-o', '--output'];

/** @param looks whether the run's files are looked for here: tasks of a container have others */
function sharedRun(words: readonly string[], { shards, program }: ClusterOptions, looks: boolean): SharedRun {
  if (!['profile', 'topk', 'stats'].includes(words[0] ?? ''))
    throw usageError(
      'cluster',
      `"${words[0]}" cannot be shared out`,
      'give a run: profile, topk or stats and its arguments',
    );
  const paths = requireRunnable(words);
  if (looks) tellAbsent(paths);
  if (words.some((word) => /^--shards?(=|$)/.test(word)))
    throw usageError('--shard', 'a run that is shared out is told its shard', 'leave it out of the run');
  if (words.some((word) => /^--dump(=|$)/.test(word)))
    throw usageError(
      '--dump',
      'a dump is written by one run over the whole corpus',
      'leave it out of the run',
    );
  const named = words.findIndex((word) => ['-o', '--output'].includes(word));
  const output =
    named === -1
      ? words.map((word) => /^(?:-o|--output=)(.+)$/s.exec(word)?.[1]).find((name) => name !== undefined)
      : words[named + 1];
  if (output === undefined)
    throw usageError('-o', 'tasks must agree on where their shards go', 'give the run an output: -o DIR');
  const kept = words.filter(
    (word, i) =>
      !OWN.includes(word) &&
      !OWN.includes(words[i - 1] ?? '') &&
      !/^(-o|--output=)/.test(word) &&
      // A shard that is done is not computed again, however often it is submitted; a page comes of the merge.
      !['--resume', '--force', '--no-html'].includes(word),
  );
  const [force, html] = [words.includes('--force'), !words.includes('--no-html')];
  return { shards, program, output, force, html, words: kept };
}
