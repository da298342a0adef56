import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { writeDelphi, type DumpContext } from './dump/write-delphi.js';
import { makeTemporary, putInPlace, remove } from './exchange.js';
import { MANIFEST_FILE, RUN_FILE } from './format.js';
import { profileTables, type ProfileTables } from './read/tables.js';
import { outputPlace } from './output-place.js';
import { seal } from './sealed-json.js';
import type { SpooledBytes } from './spooled-bytes.js';
import type {
  ConceptRows,
  ManifestDraft,
  ProfileContext,
  ProfiledSite,
  ProfileLayer,
  SpanRows,
  TablesWanted,
} from './types.js';
import { writeConcepts, writeSpans } from './write/concepts.js';
import { writeDocuments } from './write/documents.js';
import { manifestText } from './write/manifest.js';
import { OutputFile } from './write/output-file.js';
import { writeRejects } from './write/rejects.js';
import { writeTables } from './write/tables.js';

export interface WriteOptions {
  /** Whether a profile that is there is replaced. */
  force: boolean;
  /** Stops the writing between two layers, and two pieces of a text: its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Asked before the profile is moved to its place; throws where it must not be. */
  mayRename?: () => Promise<void>;
}

/**
 * Begins a profile in a directory of its own beside `output`, to which `finish`
 * moves it whole; until then `output` is as it was.
 * @throws UserError (exit 73, 74 or 75) where it cannot be written
 */
export async function beginProfile(output: string, options: WriteOptions): Promise<ProfileWriter> {
  const place = await outputPlace(output, options.force);
  return new ProfileWriter(output, await makeTemporary(place.output), options);
}

type DropFirst<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;

/** Call `writeTables`, `writeText` as often as need be, `finish`; or `abandon`, after which nothing is left. */
export class ProfileWriter {
  private readonly output: string;
  private readonly temporary: string;
  private readonly options: WriteOptions;
  private hashes: Record<string, string> = {};

  constructor(output: string, temporary: string, options: WriteOptions) {
    this.output = output;
    this.temporary = temporary;
    this.options = options;
  }

  /** Where a file of the profile is to be written by someone else, who then lets the writer `take` it. */
  pathOf(name: string): string {
    return path.join(this.temporary, name);
  }

  /** Takes in a file that is written, and on disk for good. @param sha256 in hex */
  take(name: string, sha256: string): void {
    this.hashes[name] = sha256;
  }

  /** Writes the wanted tables in one walk over the layers. */
  async writeTables(
    layers: Iterable<ProfileLayer> | AsyncIterable<ProfileLayer>,
    context: ProfileContext,
    wanted: TablesWanted,
  ): Promise<void> {
    const { signal } = this.options;
    Object.assign(this.hashes, await writeTables(this.temporary, layers, context, wanted, signal));
  }

  /** Writes concepts.arrow, when the walk over the layers is done. */
  async writeConcepts(rows: ConceptRows, sites: readonly ProfiledSite[]): Promise<void> {
    Object.assign(this.hashes, await writeConcepts(this.temporary, rows, sites, this.options.signal));
  }

  /** Writes spans.arrow, likewise. */
  async writeSpans(rows: SpanRows, sites: readonly ProfiledSite[]): Promise<void> {
    Object.assign(this.hashes, await writeSpans(this.temporary, rows, sites, this.options.signal));
  }

  /** Writes the rejected lines. */
  async writeRejects(...what: DropFirst<Parameters<typeof writeRejects>>): Promise<void> {
    Object.assign(this.hashes, await writeRejects(this.temporary, ...what));
  }

  /** Writes what is dumped, a folder in the profile's. */
  async writeDump(sources: readonly SpooledBytes[], what: DumpContext): Promise<void> {
    Object.assign(this.hashes, await writeDelphi(this.temporary, sources, what, this.options.signal));
  }

  /** Writes the values of documents. */
  async writeDocuments(...what: DropFirst<Parameters<typeof writeDocuments>>): Promise<void> {
    Object.assign(this.hashes, await writeDocuments(this.temporary, ...what));
  }

  /** The profile as written so far, read back from its files: what a report is made of. */
  draft(manifest: ManifestDraft): ProfileTables & { manifest: ManifestDraft } {
    return profileTables(this.temporary, manifest, this.hashes, true);
  }

  /** @param text whole, or in pieces, of which one at a time is in memory */
  async writeText(name: string, text: string | Iterable<string>): Promise<void> {
    this.hashes[name] = await this.write(name, text);
  }

  /** Writes manifest.json and run.json, and moves the whole to its place. */
  async finish(manifest: ManifestDraft, runJson: Readonly<Record<string, unknown>>): Promise<void> {
    await this.write(RUN_FILE, seal(runJson));
    const text = manifestText(manifest, this.hashes);
    await this.write(MANIFEST_FILE, text);
    await this.options.mayRename?.();
    // A run is long, and another may have put its profile there meanwhile, or do so at this moment.
    for (let tries = 0; ; tries++) {
      const place = await outputPlace(this.output, this.options.force);
      if (place.there === 'finished') {
        // A function of the same inputs is the same profile: nothing is lost.
        if (text.includes(place.manifest.sha256)) return this.abandon();
        throw thereNow(this.output);
      }
      try {
        return await putInPlace(this.temporary, place.output, place.there);
      } catch (error) {
        if (tries > 0) throw error;
      }
    }
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    await remove(this.temporary);
  }

  private async write(name: string, text: string | Iterable<string>): Promise<string> {
    const file = await OutputFile.create(path.join(this.temporary, name));
    try {
      for (const piece of typeof text === 'string' ? [text] : text) {
        await file.write(Buffer.from(piece));
        this.options.signal?.throwIfAborted();
      }
      return await file.finish();
    } catch (error) {
      await file.abandon();
      throw error;
    }
  }
}

function thereNow(output: string): UserError {
  return new UserError({
    what: 'a profile that was not there when the run began is there now',
    where: output,
    todo: 'name another directory with -o, or replace that one with --force',
    exit: Exit.CANNOT_CREATE,
  });
}
