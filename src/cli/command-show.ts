import { Command } from 'commander';
import { parseNeuron } from '../core/neuron-name.js';
import { examples } from './help-text.js';
import { countOption } from './option-count.js';
import { print } from './print.js';
import { commonOptions } from './profiling-options.js';
import { lookOfStdout } from './terminal.js';

const EXAMPLES = [
  ['neuroprobe show gpt2-corpus.profile L2.N17', 'one neuron'],
  ['neuroprobe show gpt2-corpus.profile L2.N17 L0.N4 -k 5', 'two neurons, five examples of each'],
  ['neuroprobe show t5-corpus.profile enc.L5.N1337 --no-color | less', 'of an encoder, for a pager'],
] as const;

interface ShowOptions {
  top?: number;
  color: boolean;
  debug?: true;
}

/** `show`: one page a neuron. */
export function showCommand(): Command {
  const command = new Command('show')
    .summary('show neurons of a profile: figures, histogram, examples')
    .description(
      'Shows neurons of a profile: figures, a histogram in block characters (heights are logarithms of counts), and the examples with the firing token marked.',
    )
    .argument('<profile>', 'a directory that profile, topk or stats wrote')
    .argument('<neuron...>', 'names such as L2.N17, or enc.L2.N17 in a model with an encoder and a decoder')
    .option(
      '-k, --top <N>',
      'examples to show of each side (default: all)',
      countOption('--top', { least: 1 }),
    );
  for (const option of commonOptions()) command.addOption(option);
  return command.addHelpText('after', examples(EXAMPLES)).action(show);
}

async function show(directory: string, names: string[], options: ShowOptions): Promise<void> {
  const ids = names.map(parseNeuron);
  const [{ openProfile }, { renderNeuron }] = await Promise.all([
    import('../profile/open-profile.js'),
    import('../report/neuron.js'),
  ]);
  const profile = await openProfile(directory);
  const look = { ...lookOfStdout(options.color), examples: options.top ?? Infinity };
  await print(ids.map((id) => renderNeuron(profile, id, look)).join('\n'));
}
