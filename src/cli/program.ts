import { Command } from 'commander';
import { checkCommand } from './command-check.js';
import { clusterCommand } from './command-cluster.js';
import { conceptsCommand } from './command-concepts.js';
import { diffCommand } from './command-diff.js';
import { exportCommand } from './command-export.js';
import { exposeCommand } from './command-expose.js';
import { findCommand } from './command-find.js';
import { grepCommand } from './command-grep.js';
import { inspectCommand } from './command-inspect.js';
import { mergeCommand } from './command-merge.js';
import { profilingCommand } from './command-profile.js';
import { reportCommand } from './command-report.js';
import { showCommand } from './command-show.js';
import { examples } from './help-text.js';
import { weightsCommand } from './command-weights.js';
import { version } from './version.js';

const EXAMPLES = [
  ['neuroprobe profile models/gpt2 corpus.jsonl', 'all that is kept of every neuron'],
  ['neuroprobe show gpt2-corpus.profile L2.N17', 'one neuron: figures, histogram, examples'],
  ['neuroprobe inspect models/gpt2', 'the FFNs found in a model'],
] as const;

const EXIT_CODES = `
Exit codes: 0 done, 1 a bug of ours, 2 usage, 4 a gate of diff failed, 65 bad data,
66 no such input, 69 not a model that can be profiled, 70 ONNX Runtime failed,
73 cannot create the output, 74 read or write error, 75 try again, 78 settings do
not fit, 130 and 143 stopped by a signal.`;

/** The program and its commands; importing it loads neither ONNX Runtime nor Arrow. */
export function makeProgram(): Command {
  const program = new Command('neuroprobe')
    .description(
      'What do the neurons of an ONNX transformer respond to, and how are their activations distributed?',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', examples(EXAMPLES) + EXIT_CODES);
  // Commands must inherit these, so they come first. main.ts prints what is wrong.
  program
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const command of [
    profilingCommand('profile'),
    profilingCommand('topk'),
    profilingCommand('stats'),
    mergeCommand(),
    clusterCommand(),
    inspectCommand(),
    exposeCommand(),
    showCommand(),
    findCommand(),
    grepCommand(),
    exportCommand(),
    conceptsCommand(),
    reportCommand(),
    diffCommand(),
    weightsCommand(),
    checkCommand(),
  ]) {
    for (const each of [command, ...command.commands])
      each.copyInheritedSettings(program).helpOption('-h, --help', 'print this help');
    program.addCommand(command);
  }
  return program;
}
