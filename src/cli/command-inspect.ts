import { Command } from 'commander';
import { examples } from './help-text.js';
import { print, printJson } from './print.js';
import { commonOptions, siteChoiceOf, siteOptions, type SiteOptions } from './profiling-options.js';
import { lookOfStdout } from './terminal.js';

const EXAMPLES = [
  ['neuroprobe inspect models/gpt2', 'the FFNs that the search finds, and where their neurons are read'],
  ['neuroprobe inspect model.onnx --tap pre --layers 0-3', 'what profile would read with these options'],
  ['neuroprobe inspect model.onnx --json', 'the same for scripts'],
] as const;

export interface InspectOptions extends SiteOptions {
  json?: true;
  color: boolean;
  debug?: true;
}

/** `inspect`: what a run would tap, without running anything. */
export function inspectCommand(): Command {
  const command = new Command('inspect')
    .summary('list the FFNs of a model, and where their neurons are read')
    .description(
      'Lists the FFNs that are found in a model by the shape of its graph, their neurons, and the inputs that are fed. Runs nothing.',
    )
    .argument('<model>', 'an .onnx file, or a folder that holds one')
    .option('--json', 'one JSON object');
  for (const option of [...siteOptions(), ...commonOptions()]) command.addOption(option);
  return command.addHelpText('after', examples(EXAMPLES)).action(inspect);
}

async function inspect(model: string, options: InspectOptions): Promise<void> {
  const [{ inspectModel }, { renderInspection }] = await Promise.all([
    import('../run/inspect-model.js'),
    import('../report/inspection.js'),
  ]);
  const { inspection, notices } = inspectModel(model, siteChoiceOf(options));
  for (const notice of notices) process.stderr.write(`neuroprobe: ${notice}\n`);
  if (options.json) await printJson(inspection);
  else await print(renderInspection(inspection, lookOfStdout(options.color)));
}
