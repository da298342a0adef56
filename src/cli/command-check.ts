import { readdir } from 'node:fs/promises';
import path from 'node:path';
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
    .argument('<profile>', 'a folder that profile, topk, stats or merge wrote, or one of shards');
  for (const option of [new Option('--json', 'print the faults as one JSON object'), ...commonOptions()])
    command.addOption(option);
  return command
    .addHelpText('after', examples([['neuroprobe check gpt2-corpus.profile', 'after copying it']]))
    .action(check);
}

async function check(folder: string, { json }: { json?: true }): Promise<void> {
  const { checkProfile } = await import('../profile/check-profile.js');
  const { shardsAmong } = await import('../run/shard.js');
  const shards = shardsAmong(await readdir(folder).catch(() => []));
  const folders = shards.length > 0 ? shards.map((name) => path.join(folder, name)) : [folder];
  const checked: Checked[] = [];
  for (const profile of folders) {
    const { manifest, faults } = await checkProfile(profile);
    const files = Object.keys(manifest.files).length + 2;
    checked.push({ profile, files, faults });
    if (!json && faults.length === 0) await print(`all ${files} files are as they were written: ${profile}`);
  }
  if (json) await printJson(shards.length > 0 ? checked : checked[0]!);
  const damaged = checked.find(({ faults }) => faults.length > 0);
  if (damaged !== undefined) throw trouble(damaged, checked);
}

interface Checked {
  profile: string;
  files: number;
  faults: { file: string; says: string }[];
}

/** What is wrong with the first that is damaged, and how many others are. */
function trouble({ profile, faults }: Checked, checked: readonly Checked[]): UserError {
  const others = checked.filter((each) => each.faults.length > 0).length - 1;
  const strange = faults.length === 1 && faults[0]!.says === 'is not of this profile';
  return new UserError({
    what: faults.map(({ file, says }) => `${file} ${says}`).join('; '),
    where: others === 0 ? profile : `${profile}, and ${others} more ${others === 1 ? 'is' : 'are'} not whole`,
    todo: strange
      ? 'move it away: nothing of neuroprobe’s reads it'
      : 'take another copy of the profile, or make it again with --force',
    exit: Exit.DATA,
  });
}
