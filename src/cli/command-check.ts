import { Command, Option } from 'commander';
import { Exit, UserError } from '../core/errors.js';
import { examples } from './help-text.js';
import { print, printJson } from './print.js';
import { commonOptions } from './profiling-options.js';

/** `check`: whether the files of a profile are the ones that were written. */
export function checkCommand(): Command {
  const command = new Command('check')
    .summary('see whether the files of a profile are whole')
    .description(
      'Compares every file of a profile, or of a shard, with the sha256 that its manifest states of it, and names what is damaged, missing or of something else (exit 65).',
    )
    .argument('<profile>', 'a folder that profile, topk, stats or merge wrote');
  for (const option of [new Option('--json', 'print the faults as one JSON object'), ...commonOptions()])
    command.addOption(option);
  return command
    .addHelpText('after', examples([['neuroprobe check gpt2-corpus.profile', 'after copying it']]))
    .action(check);
}

async function check(folder: string, { json }: { json?: true }): Promise<void> {
  const { checkProfile } = await import('../profile/check-profile.js');
  const { manifest, faults } = await checkProfile(folder);
  const files = Object.keys(manifest.files).length + 2;
  if (json) await printJson({ profile: folder, files, faults });
  else if (faults.length === 0) await print(`all ${files} files are as they were written: ${folder}`);
  if (faults.length === 0) return;
  const [first] = faults;
  throw new UserError({
    what: faults.map(({ file, says }) => `${file} ${says}`).join('; '),
    where: folder,
    todo:
      faults.length === 1 && first!.says === 'is not of this profile'
        ? 'move it away: nothing of neuroprobe’s reads it'
        : 'take another copy of the profile, or make it again with --force',
    exit: Exit.DATA,
  });
}
