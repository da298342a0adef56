import { Command, Option } from 'commander';
import { examples } from './help-text.js';
import { interruptible } from './interrupt.js';
import { textOption } from './option-text.js';
import { print, printJson } from './print.js';
import { commonOptions, siteChoiceOf, siteOptions, type SiteOptions } from './profiling-options.js';
import { lookOfStdout } from './terminal.js';

const EXAMPLES = [
  [
    'neuroprobe expose models/gpt2 -o gpt2-neurons.onnx',
    'outputs L0.post, L1.post …, and nothing that they do not need',
  ],
  [
    'neuroprobe expose model.onnx -o model+pre.onnx --tap pre --layers 0-3 --keep-outputs',
    'the whole model, its own outputs bit for bit, the taps of four layers behind them',
  ],
  [
    'neuroprobe expose models/large -o models/large/neurons.onnx --materialize',
    'with its own copy of the weights, to be moved elsewhere',
  ],
] as const;

interface ExposeOptions extends SiteOptions {
  output: string;
  keepOutputs?: true;
  materialize?: true;
  force?: true;
  json?: true;
  color: boolean;
  debug?: true;
}

/** `expose`: writes the model that a run would make for itself. */
export function exposeCommand(): Command {
  const command = new Command('expose')
    .summary('write a model that gives out its neurons')
    .description(
      'Writes a model whose outputs are the activations of its FFN neurons, as float32, and which any ONNX Runtime loads by its path. Weights are inside, or, beyond 1.9 GiB, in one data file OUT.data; in the folder of a model that has data files, those are read where they are.',
    )
    .argument('<model>', 'an .onnx file, or a folder that holds one');
  for (const option of exposeOptions()) command.addOption(option);
  return command.addHelpText('after', examples(EXAMPLES)).action(expose);
}

function exposeOptions(): Option[] {
  return [
    new Option('-o, --output <FILE>', 'the .onnx file to write')
      .argParser(textOption('--output', 'a file name, such as exposed.onnx'))
      .makeOptionMandatory(),
    ...siteOptions(),
    new Option(
      '--keep-outputs',
      "leave nothing out: the model's own outputs stay as they are, the taps come behind them",
    ),
    new Option(
      '--materialize',
      "copy all weights, also those in data files that lie in OUT's own folder, so that OUT can be moved",
    ),
    new Option('--force', 'replace OUT; never the original, nor its data files'),
    new Option('--json', 'one JSON object'),
    ...commonOptions(),
  ];
}

async function expose(model: string, options: ExposeOptions): Promise<void> {
  const [{ exposeToFile }, { renderExposed }] = await Promise.all([
    import('../run/expose-file.js'),
    import('../report/exposed-summary.js'),
  ]);
  const request = {
    model,
    output: options.output,
    ...siteChoiceOf(options),
    keepOutputs: options.keepOutputs ?? false,
    materialize: options.materialize ?? false,
    force: options.force ?? false,
  };
  const { summary, notices } = await interruptible(
    (signal) => exposeToFile(request, signal),
    () => process.stderr.write('neuroprobe: stopping; nothing is written\n'),
  );
  for (const notice of notices) process.stderr.write(`neuroprobe: ${notice}\n`);
  if (options.json) await printJson(summary);
  else await print(renderExposed(summary, lookOfStdout(options.color)));
}
