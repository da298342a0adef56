import { Command, Option } from 'commander';
import { CREATOR_ID, CREATOR_NAME } from '../export/neuronpedia-names.js';
import { shellWord } from '../report/shell-word.js';
import { examples } from './help-text.js';
import { interruptible } from './interrupt.js';
import { choiceOption } from './option-choice.js';
import { textOption } from './option-text.js';
import { print } from './print.js';
import { commonOptions } from './profiling-options.js';
import { openShareBar } from './share-bar.js';
import { usageError } from '../core/usage-error.js';

const EXAMPLES = [
  ['neuroprobe export gpt2-corpus.profile --to parquet -o gpt2-parquet', 'a Parquet file a table'],
  [
    'neuroprobe export gpt2-corpus.profile --to csv -o gpt2-csv',
    'a CSV file a table; lists are JSON in a cell',
  ],
  [
    'neuroprobe export gpt2-corpus.profile --to neuronpedia -o exports --model-id gpt2-small --source-set mlp-post',
    'exports/gpt2-small/0-mlp-post …, for its bulk import',
  ],
] as const;

const FORMATS = ['parquet', 'csv', 'neuronpedia', 'neuron-record', 'delphi'] as const;

interface ExportOptions {
  to: (typeof FORMATS)[number];
  output: string;
  force?: true;
  modelId?: string;
  sourceSet?: string;
  release?: string;
  creatorId: string;
  creatorName: string;
  quiet?: true;
  color: boolean;
  debug?: true;
}

/** `export`: a profile in the formats of other tools. */
export function exportCommand(): Command {
  const command = new Command('export')
    .summary('write a profile in the formats of other tools')
    .description(
      'Writes a profile as Parquet or CSV (a file a table), for the bulk import of Neuronpedia, or as the NeuronRecords of OpenAI’s neuron explainer ({layer}/{neuron}.json); the whole or nothing. docs/export.md says what each field is made of. delphi needs a dump that a run makes (profile --dump delphi); from a profile it is refused.',
    )
    .argument('<profile>', 'a directory that profile, topk, stats or merge wrote');
  for (const option of [...exportOptions(), ...commonOptions()]) command.addOption(option);
  return command.addHelpText('after', examples(EXAMPLES)).action(run);
}

function exportOptions(): Option[] {
  const name = (flag: string, says: string) =>
    new Option(`${flag} <NAME>`, `neuronpedia: ${says}`).argParser(nameOption(flag));
  return [
    new Option('--to <FORMAT>', FORMATS.join(', '))
      .argParser(choiceOption('--to', FORMATS))
      .makeOptionMandatory(),
    new Option('-o, --output <DIR>', 'directory to write')
      .argParser(textOption('--output', 'a directory'))
      .makeOptionMandatory(),
    new Option('--force', 'replace an export that is there; nothing else is ever replaced'),
    name('--model-id', "the model's id there (default: the name of the model's file or folder)"),
    name('--source-set', 'the source set; each layer is a source <layer>-<set> (default: mlp-<tap>)'),
    name('--release', 'the release (default: neuroprobe-<model id>)'),
    name('--creator-id', 'id of the account that owns it there').default(CREATOR_ID),
    new Option('--creator-name <NAME>', 'neuronpedia: who made it')
      .argParser(textOption('--creator-name', 'a name'))
      .default(CREATOR_NAME),
    new Option('--quiet', 'say nothing of progress'),
  ];
}

/** Names become folders and parts of addresses. */
function nameOption(flag: string): (text: string) => string {
  return (text) => {
    if (/^\w[\w.-]*$/.test(text)) return text;
    throw usageError(flag, `"${text}" is not a name that ${flag} takes`, 'give letters, digits, - _ and .');
  };
}

async function run(directory: string, options: ExportOptions): Promise<void> {
  const [{ openProfile }, { exportProfile }] = await Promise.all([
    import('../profile/open-profile.js'),
    import('../export/export-profile.js'),
  ]);
  const profile = await openProfile(directory);
  const { to, output } = options;
  const { modelId, sourceSet, release, creatorId, creatorName } = options;
  const named = Object.entries({ modelId, sourceSet, release }).filter(([, name]) => name !== undefined);
  const neuronpedia = { ...Object.fromEntries(named), creatorId, creatorName };
  const request = { to, output, force: options.force ?? false, neuronpedia };
  const bar = await openShareBar(to === 'parquet' || to === 'csv' ? 'rows' : 'neurons', {
    quiet: options.quiet ?? false,
  });
  const { wrote, notices } = await interruptible(
    (signal) => exportProfile(profile, request, bar.update, signal).finally(bar.end),
    () => process.stderr.write('neuroprobe: stopping; nothing is written\n'),
  );
  for (const notice of notices) process.stderr.write(`neuroprobe: ${notice}\n`);
  await print(`${wrote} as ${to}: ${shellWord(output)}`);
}
