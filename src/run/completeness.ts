import { Coverage } from '../profile/state/coverage.js';
import type { StateHeader } from '../profile/state/types.js';

/** Files whose blocks a profile of this state must hold; a file behind `--limit` holds none. */
export function wantedFiles({ files, settings }: Pick<StateHeader, 'files' | 'settings'>): number[] {
  const limit = settings['limit'] as number | null;
  let records = 0;
  return files.flatMap((file, i) => {
    if (records === limit) return [];
    records += file?.records ?? 0;
    return [i];
  });
}

/** Whether a state holds all blocks of its corpus. */
export function isComplete(header: StateHeader): boolean {
  const covered = Coverage.of(header.covered.blocks);
  return wantedFiles(header).every((i) => {
    const file = header.files[i]!;
    return file !== null && covered.count(i) === file.blocks;
  });
}
