import { Command, Option } from 'commander';
import { examples } from './help-text.js';
import { neuronsOption } from './option-neurons.js';
import { textOption } from './option-text.js';
import { print } from './print.js';
import { commonOptions } from './profiling-options.js';
import { usageError } from '../core/usage-error.js';
import { visible } from '../report/visible.js';

const EXAMPLES = [
  ['neuroprobe report gpt2-corpus.profile', 'the report on stdout'],
  ['neuroprobe report gpt2-corpus.profile | less', 'page by page'],
  ['neuroprobe report gpt2-corpus.profile --html gpt2.html', 'the page for a browser, to be sent to others'],
  [
    'neuroprobe report gpt2-corpus.profile --html gpt2-all.html --html-neurons all',
    'the same with the examples of every neuron, however large',
  ],
] as const;

interface ReportOptions {
  html?: string;
  htmlNeurons?: number;
  force?: true;
}

/** `report`: what report.txt or report.html says, made anew from the tables. */
export function reportCommand(): Command {
  const command = new Command('report')
    .summary('print the report of a profile, or write it as one HTML file')
    .description(
      'Prints the report of a profile: corpus and model, dead neurons, layers side by side, the most selective neurons with their examples. With --html it writes the profile as one HTML file instead, as report.html in the profile is: every neuron with its figures and histogram, and the examples of as many as fit in 15 MB.',
    )
    .argument('<profile>', 'a directory that profile, topk or stats wrote')
    .addOption(
      new Option('--html <FILE>', 'write one HTML file, which opens without a server or a network').argParser(
        textOption('--html', 'a file name, such as gpt2.html'),
      ),
    )
    .addOption(
      new Option(
        '--html-neurons <N>',
        'examples of the N neurons that rank first, or of all, whatever the size, which is foreseen on stderr (default: as many as fit)',
      ).argParser(neuronsOption('--html-neurons')),
    )
    .addOption(new Option('--force', 'replace FILE'));
  for (const option of commonOptions()) command.addOption(option);
  return command.addHelpText('after', examples(EXAMPLES)).action(report);
}

async function report(directory: string, options: ReportOptions): Promise<void> {
  if (options.html !== undefined) return writePage(directory, options.html, options);
  for (const [flag, value] of [
    ['--html-neurons', options.htmlNeurons],
    ['--force', options.force],
  ] as const) {
    if (value !== undefined) throw usageError(flag, 'there is no file to write', 'give --html FILE too');
  }
  const [{ openProfile }, { renderReport }] = await Promise.all([
    import('../profile/open-profile.js'),
    import('../report/report.js'),
  ]);
  await print(renderReport(await openProfile(directory)));
}

async function writePage(
  profile: string,
  file: string,
  { htmlNeurons, force }: ReportOptions,
): Promise<void> {
  const [{ writeHtmlFile }, { renderHtmlSummary, megabytes }] = await Promise.all([
    import('../run/html-file.js'),
    import('../report/html-summary.js'),
  ]);
  const request = { profile, file, neurons: htmlNeurons ?? null, force: force === true };
  const outcome = await writeHtmlFile(request, (bytes) => {
    process.stderr.write(`${visible(file)} will have about ${megabytes(bytes)}\n`);
  });
  await print(renderHtmlSummary(file, outcome));
}
