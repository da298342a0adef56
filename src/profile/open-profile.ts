import { Exit, UserError } from '../core/errors.js';
import { readManifest } from './read/manifest.js';
import { profileTables, type ProfileTables } from './read/tables.js';
import type { Manifest } from './types.js';

/** A complete profile: its manifest and its tables. */
export type OpenProfile = ProfileTables & { manifest: Manifest };

/**
 * Opens a profile: the manifest at once, each table when it is first asked for.
 * @throws UserError (66 where there is none, 65 where it is not one, damaged, or of another version);
 *   the tables throw one (65) where a file's sha256 is not that of the manifest
 */
export async function openProfile(folder: string): Promise<OpenProfile> {
  const manifest = await readManifest(folder);
  if (!manifest.complete) {
    throw new UserError({
      what: 'this is a part of a profile: it has no tables yet',
      where: folder,
      todo: 'merge all its parts: neuroprobe merge PART… -o PROFILE',
      exit: Exit.DATA,
    });
  }
  return profileTables(folder, manifest, manifest.files);
}
