import { Command, Option } from 'commander';
import { examples } from './help-text.js';
import { interruptible } from './interrupt.js';
import { noHtmlOption } from './option-no-html.js';
import { textOption } from './option-text.js';
import { addGroup, commonOptions } from './profiling-options.js';
import { printOutcome } from './print-outcome.js';

interface MergeOptions {
  output: string;
  force?: true;
  html: boolean;
  partial?: true;
  allowMixed?: true;
  quiet?: true;
  json?: true;
  color: boolean;
}

/** `merge`: one profile of the states of shards. */
export function mergeCommand(): Command {
  const command = new Command('merge')
    .summary('make one profile of the shards of a corpus')
    .description(
      'Merges what runs with --shard left into the profile that one run over the whole corpus would have written, byte for byte. Says which shards are missing, if any.',
    )
    .argument('<state...>', 'folders of shards, the folder that holds them, or state.bin files');
  addGroup(command, 'Options:', [
    new Option('-o, --output <DIR>', 'directory to write')
      .argParser(textOption('--output', 'a directory'))
      .makeOptionMandatory(),
    new Option('--force', 'replace a finished profile that is in the way'),
    noHtmlOption(),
    new Option('--partial', 'write a state for a later merge where shards are missing'),
    new Option(
      '--allow-mixed',
      'take states of different kinds of processors together, which is recorded: last digits may differ between them',
    ),
    new Option('--quiet', 'say nothing of progress'),
    new Option('--json', 'print the summary as one JSON object'),
    ...commonOptions(),
  ]);
  return command
    .addHelpText(
      'after',
      examples([
        ['neuroprobe merge out/ -o gpt2.profile', 'all shards that out/ holds'],
        [
          'neuroprobe merge out/shard-{0..3}-of-8 -o half --partial',
          'some of them, to be merged with others later',
        ],
      ]),
    )
    .action(run);
}

async function run(inputs: string[], options: MergeOptions): Promise<void> {
  const { merge } = await import('../run/merge.js');
  const { openProgress } = await import('./progress.js');
  const view = await openProgress({ quiet: options.quiet ?? false });
  const request = {
    inputs,
    output: options.output,
    force: options.force ?? false,
    html: options.html,
    partial: options.partial ?? false,
    allowMixed: options.allowMixed ?? false,
  };
  const outcome = await interruptible(
    (signal) => merge(request, { signal, arguments: process.argv.slice(2) }),
    () => view.say('stopping; once more to stop at once'),
  ).finally(() => view.end());
  await printOutcome(outcome, options);
}
