import { Command, Option } from 'commander';
import { usageError } from '../core/usage-error.js';
import type { NeuronWeights, WeighedModel } from '../run/weights/read-weights.js';
import { formatLayer, formatNeuron } from '../core/neuron-name.js';
import { examples } from './help-text.js';
import { countOption } from './option-count.js';
import { textOption } from './option-text.js';
import { print, printJson } from './print.js';
import { commonOptions, siteChoiceOf, siteOptions, type SiteOptions } from './profiling-options.js';
import { openRowFile } from './row-file.js';
import { lookOfStdout } from './terminal.js';

const EXAMPLES = [
  ['neuroprobe weights models/gpt2 L5.N1337', 'the tokens whose logits this neuron raises and lowers most'],
  ['neuroprobe weights models/gpt2 L5.N0-9 --top 5 --json', 'of ten neurons, for scripts'],
  ['neuroprobe weights models/gpt2 --layers 8-11 -o weights.arrow', 'a row a neuron of four layers'],
] as const;

/** Columns that tables are made for. */
const WIDEST = 80;
/** Tokens that the scheme of a vocabulary is told by. */
const SCHEME_TOKENS = 4096;
const PROGRESS_MS = 10_000;

interface WeightsOptions extends SiteOptions {
  top: number;
  tokenizer?: string;
  threads: number;
  output?: string;
  force?: true;
  quiet?: true;
  json?: true;
  color: boolean;
}

/** `weights`: what a neuron reads and writes by its weights; runs no text. */
export function weightsCommand(): Command {
  const command = new Command('weights')
    .summary('what neurons write: the tokens whose logits they raise and lower')
    .description(
      'Reads the weights of neurons: the norms of what they read and write, the cosines between, and, where the model has an unembedding, the tokens whose logits their output weights raise and lower most, through the final norm’s gain as an approximation. Quantised weights are dequantised. No text is run.',
    )
    .argument('<model>', 'an .onnx file, or a folder that holds one')
    .argument('[neuron...]', 'names such as L2.N17 or L2.N0-9; without any, -o writes all neurons');
  for (const option of weightsOptions()) command.addOption(option);
  return command.addHelpText('after', examples(EXAMPLES)).action(weights);
}

function weightsOptions(): Option[] {
  return [
    new Option('-k, --top <N>', 'tokens of each side')
      .argParser(countOption('--top', { least: 0, most: 10_000 }))
      .default(10),
    new Option(
      '-o, --output <FILE>',
      'write an Arrow file, a row a neuron; of a folder that is there, weights.arrow in it',
    ).argParser(textOption('--output', 'a file name, such as weights.arrow')),
    new Option('--force', 'replace that file'),
    // Weights are the same at every tap.
    ...siteOptions().filter(({ long }) => long === '--layers' || long === '--down-proj'),
    new Option('--tokenizer <PATH>', "tokenizer.json or its folder (default: the model's folder)").argParser(
      textOption('--tokenizer', 'a path'),
    ),
    new Option('--threads <N>', 'threads that multiply with the unembedding')
      .argParser(countOption('--threads', { least: 1, most: 1024 }))
      .default(1),
    new Option('--quiet', 'say nothing of progress'),
    new Option('--json', 'print one JSON object'),
    ...commonOptions(),
  ];
}

async function weights(given: string, names: string[], options: WeightsOptions): Promise<void> {
  if (names.length === 0 && options.output === undefined)
    throw usageError(
      'weights',
      'no neuron is named',
      'name some, such as L2.N17, or write all with -o weights.arrow',
    );
  const [{ openWeights }, { weightsTable }] = await Promise.all([
    import('../run/weights/read-weights.js'),
    import('../run/weights/weights-table.js'),
  ]);
  const model = await openWeights({
    model: given,
    choice: siteChoiceOf({ ...options, tap: 'post' }),
    neurons: names.length === 0 ? null : names.join(','),
    top: options.top,
    tokenizer: options.tokenizer ?? null,
    threads: options.threads,
  });
  for (const note of model.notes) process.stderr.write(`neuroprobe: ${note}\n`);
  const groups = [...new Set(model.sites.map(({ group }) => group))];
  const file = await openRowFile(options, weightsTable(groups, model.tokenOf));
  const shown: NeuronWeights[] = [];
  try {
    for await (const neuron of model.read(progressOf(model, options))) {
      await file?.add(neuron);
      if (names.length > 0) shown.push(neuron);
    }
    await file?.finish();
  } catch (error) {
    await file?.abandon();
    throw error;
  }
  await show(model, shown, options);
}

async function show(
  model: WeighedModel,
  shown: readonly NeuronWeights[],
  { json, color, output }: WeightsOptions,
) {
  if (json) return printJson(jsonOf(model, shown));
  const [{ renderWeights, effectWords }, { schemeOf }] = await Promise.all([
    import('../report/weights.js'),
    import('../report/token-text.js'),
  ]);
  const { paint, width } = lookOfStdout(color);
  const narrow = Math.min(width, WIDEST);
  const { tokenOf, unembedding, whyNone } = model;
  const some = Array.from({ length: SCHEME_TOKENS }, (_, id) => tokenOf?.(id) ?? '');
  const look = { paint, width: narrow, tokenOf, scheme: schemeOf(some) };
  const written = output === undefined ? [] : [`${model.neurons} neurons: ${output}`];
  await print(
    [
      ...written,
      ...shown.map((neuron) => renderWeights(neuron, look)),
      effectWords(unembedding, whyNone, narrow).join('\n'),
    ].join('\n\n'),
  );
}

/** A line every ten seconds on stderr. */
function progressOf({ sites }: WeighedModel, { quiet }: WeightsOptions) {
  let last = Date.now();
  return ({ group, layer }: { group: string; layer: number }, number: number) => {
    if (quiet || Date.now() - last < PROGRESS_MS) return;
    last = Date.now();
    process.stderr.write(`layer ${formatLayer(group, layer)}, ${number} of ${sites.length} done\n`);
  };
}

function jsonOf(
  { path, unembedding, whyNone, tokenOf, notes }: WeighedModel,
  shown: readonly NeuronWeights[],
) {
  const effects = (of: NeuronWeights['raises']) =>
    of === null
      ? null
      : Array.from(of.ids, (id, i) => ({ id, token: tokenOf?.(id) ?? null, logit: of.by[i]! }));
  return {
    model: path,
    unembedding:
      unembedding === null
        ? null
        : {
            node: unembedding.node,
            d_model: unembedding.dModel,
            vocabulary: unembedding.vocabulary,
            norm: unembedding.norm,
            soft_cap: unembedding.capped,
          },
    no_logits: whyNone,
    notes,
    neurons: shown.map((neuron) => ({
      neuron: formatNeuron(neuron),
      input_norm: neuron.inputNorm,
      gate_norm: neuron.gateNorm,
      output_norm: neuron.outputNorm,
      cos_input_output: neuron.cosInputOutput,
      cos_gate_input: neuron.cosGateInput,
      cos_gate_output: neuron.cosGateOutput,
      raises: effects(neuron.raises),
      lowers: effects(neuron.lowers),
    })),
  };
}
