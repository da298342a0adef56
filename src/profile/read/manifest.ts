import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../../core/errors.js';
import { codeOf, readTrouble } from '../disk-trouble.js';
import { FORMAT_VERSION, MANIFEST_FILE } from '../format.js';
import { isSealed } from '../sealed-json.js';
import type { Manifest } from '../types.js';

/** What stands where a manifest should. */
export type ManifestFound =
  | { state: 'whole'; manifest: Manifest }
  /** Ours, but of another major version. */
  | { state: 'other version'; version: string }
  /** Ours, but not the bytes that were written. */
  | { state: 'damaged' }
  /** None, or one that is not ours. */
  | { state: 'none' };

/**
 * Looks for a profile's manifest in a folder.
 * @throws UserError (exit 74) where it is there and cannot be read
 */
export async function findManifest(folder: string): Promise<ManifestFound> {
  const file = path.join(folder, MANIFEST_FILE);
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))) return { state: 'none' };
    throw readTrouble(error, file);
  }
  const value = parse(bytes);
  if (value === null || value['format'] !== 'neuroprobe-profile') return { state: 'none' };
  const version = String(value['format_version']);
  if (major(version) !== major(FORMAT_VERSION)) return { state: 'other version', version };
  // What is sealed is what we wrote, so it has the shape that we gave it.
  return isSealed(bytes) ? { state: 'whole', manifest: value as unknown as Manifest } : { state: 'damaged' };
}

/**
 * The manifest of a folder that should be a profile.
 * @throws UserError: 66 where there is no such folder; 65 where it has none, or one that is damaged or of another version
 */
export async function readManifest(folder: string): Promise<Manifest> {
  await requireFolder(folder);
  const found = await findManifest(folder);
  switch (found.state) {
    case 'whole':
      return found.manifest;
    case 'other version':
      throw unfit(
        `this profile has format ${found.version}, and this neuroprobe reads ${major(FORMAT_VERSION)}.x`,
        path.join(folder, MANIFEST_FILE),
        'read it with the neuroprobe that wrote it, or make it again with this one and --force',
      );
    case 'damaged':
      throw unfit(
        'the manifest is damaged: its bytes do not have the sha256 that it states',
        path.join(folder, MANIFEST_FILE),
        'take another copy of the profile, or make it again with --force',
      );
    case 'none':
      throw unfit(
        'this is not a profile: it has no manifest.json of neuroprobe’s',
        folder,
        'name a directory that profile, topk, stats or merge wrote',
      );
  }
}

async function requireFolder(folder: string): Promise<void> {
  try {
    await stat(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw readTrouble(error, folder);
    throw new UserError({
      what: 'there is no such directory',
      where: folder,
      todo: 'name a directory that profile, topk, stats or merge wrote',
      exit: Exit.NO_INPUT,
    });
  }
}

function unfit(what: string, where: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.DATA });
}

function parse(bytes: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // not JSON, so not ours: the caller says so
  }
}

function major(version: string): string {
  return version.split('.')[0]!;
}
