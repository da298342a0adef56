import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { formatLayer } from '../../core/neuron-name.js';
import { writeTrouble } from '../disk-trouble.js';
import { syncFolder } from '../exchange.js';
import { DUMP_FOLDER } from '../format.js';
import type { SpooledBytes } from '../spooled-bytes.js';
import type { ProfiledSite } from '../types.js';
import { OutputFile } from '../write/output-file.js';
import { DumpEntries } from './entries.js';
import { headWords } from './entry.js';
import { HIT_WORDS } from './find-hits.js';
import { dumpParts, type DumpPart } from './parts.js';
import { PartFile, partLayout, type PartSize } from './part-file.js';

/** What a dump is of. */
export interface DumpContext {
  sites: readonly ProfiledSite[];
  /** Kept of each layer, ascending. */
  neurons: readonly Int32Array[];
  /** What the sources must hold: windows, and hits in them. */
  windows: number;
  hits: number;
  /** Positions of a row. */
  context: number;
  /** What fills a row behind its window. */
  padId: number;
  /** The model as given. */
  model: string;
  /** The corpus' files as given. */
  corpus: readonly string[];
  textField: string;
}

/**
 * Writes a folder that EleutherAI's delphi reads as its cache: a folder a layer, in it a safetensors file a part
 * (`dumpParts`) and config.json. A row is a window, in the order of the corpus.
 * @param folder of the profile
 * @param sources where the entries lie
 * @returns SHA-256 of each file, by its path in the profile, with `/`
 * @throws UserError: 65, 74 where a source is no good; 73, 74, 75 where nothing can be written
 */
export async function writeDelphi(
  folder: string,
  sources: readonly SpooledBytes[],
  what: DumpContext,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const parts = dumpParts(what.neurons);
  const entries = await DumpEntries.open(sources, parts.length, signal);
  try {
    const rows = entries.windows;
    const hits = entries.hits.reduce((sum, ofPart) => sum + ofPart, 0);
    if (rows !== what.windows || hits !== what.hits)
      throw new Error(
        `${rows} windows with ${hits} hits were spooled, not ${what.windows} with ${what.hits}`,
      );
    const sizes = parts.map((_, part): PartSize => {
      const [hits, largest] = [entries.hits[part]!, entries.largest[part]!];
      return { rows, context: what.context, hits, largest };
    });
    const folders = what.sites.map(({ group, layer }) => formatLayer(group, layer));
    for (const name of folders) await makeFolder(path.join(folder, DUMP_FOLDER, name));
    const names = parts.map(({ site, first, last }) => `${folders[site]}/${first}_${last}.safetensors`);
    const hashes = await writeParts(path.join(folder, DUMP_FOLDER), names, {
      parts,
      sizes,
      entries,
      what,
      signal,
    });
    for (const [site, name] of folders.entries()) {
      const splits = parts.filter((part) => part.site === site).length;
      const file = `${name}/config.json`;
      hashes[file] = await writeConfig(path.join(folder, DUMP_FOLDER, file), configOf(what, rows, splits));
      await syncFolder(path.join(folder, DUMP_FOLDER, name));
    }
    await syncFolder(path.join(folder, DUMP_FOLDER));
    return Object.fromEntries(Object.entries(hashes).map(([file, hash]) => [`${DUMP_FOLDER}/${file}`, hash]));
  } finally {
    entries.close();
  }
}

interface Parts {
  parts: readonly DumpPart[];
  sizes: readonly PartSize[];
  entries: DumpEntries;
  what: DumpContext;
  signal: AbortSignal | undefined;
}

/** All parts in one walk over the entries. */
async function writeParts(
  folder: string,
  names: readonly string[],
  { parts, sizes, entries, what, signal }: Parts,
): Promise<Record<string, string>> {
  const files: PartFile[] = [];
  const tokens = new Uint32Array(2 * what.context);
  const head = headWords(parts.length);
  try {
    for (const [i, part] of parts.entries())
      files.push(new PartFile(path.join(folder, names[i]!), part, sizes[i]!));
    for await (const entry of entries.inOrder(signal)) {
      const { words, floats } = entry.words;
      for (let position = 0; position < what.context; position++)
        tokens[2 * position] = position < entry.ids ? words[head + position]! : what.padId;
      let at = head + entry.ids;
      for (const [part, file] of files.entries()) {
        const end = at + HIT_WORDS * entry.hits(part);
        file.add(tokens, words.subarray(at, end), floats.subarray(at, end));
        at = end;
      }
    }
    const hashes: Record<string, string> = {};
    for (const [i, file] of files.entries()) hashes[names[i]!] = await file.finish();
    return hashes;
  } finally {
    for (const file of files) file.close();
  }
}

/** delphi's CacheConfig, `model_name`, and `ctx_len`, as its loader calls `cache_ctx_len`. */
function configOf({ context, model, corpus, textField }: DumpContext, rows: number, splits: number) {
  return {
    dataset_repo: corpus.join(', '),
    dataset_split: '',
    dataset_name: '',
    dataset_column: textField,
    batch_size: 1,
    cache_ctx_len: context,
    n_tokens: rows * context,
    n_splits: splits,
    ctx_len: context,
    model_name: model,
  };
}

/** Bytes of a dump’s safetensors files, with float16 in all of them. @param size all parts' hits together */
export function dumpBytes(parts: readonly DumpPart[], size: Omit<PartSize, 'largest'>): number {
  return parts.reduce((sum, part, i) => {
    const hits = i === 0 ? size.hits : 0;
    return sum + partLayout(part, { ...size, hits, largest: 0 }).bytes;
  }, 0);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw writeTrouble(error, folder);
  }
}

async function writeConfig(path: string, config: object): Promise<string> {
  const file = await OutputFile.create(path);
  try {
    await file.write(Buffer.from(`${JSON.stringify(config, null, 4)}\n`));
    return await file.finish();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}
