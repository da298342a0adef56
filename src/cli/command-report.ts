import { Command } from 'commander';
import { examples } from './help-text.js';
import { print } from './print.js';
import { commonOptions } from './profiling-options.js';

const EXAMPLES = [
  ['neuroprobe report gpt2-corpus.profile', 'the report on stdout'],
  ['neuroprobe report gpt2-corpus.profile | less', 'page by page'],
] as const;

/** `report`: what report.txt says, made anew from the tables. */
export function reportCommand(): Command {
  const command = new Command('report')
    .summary('print the report of a profile')
    .description(
      'Prints the report of a profile: corpus and model, dead neurons, layers side by side, the most selective neurons with their examples.',
    )
    .argument('<profile>', 'a directory that profile, topk or stats wrote');
  for (const option of commonOptions()) command.addOption(option);
  return command.addHelpText('after', examples(EXAMPLES)).action(report);
}

async function report(directory: string): Promise<void> {
  const [{ openProfile }, { renderReport }] = await Promise.all([
    import('../profile/open-profile.js'),
    import('../report/report.js'),
  ]);
  await print(renderReport(await openProfile(directory)));
}
