import path from 'node:path';
import { headBytes, lowestEntries, type DocumentSource } from '../document-sample.js';
import { DOCUMENTS_FILE } from '../format.js';
import type { StateHeader } from '../state/types.js';
import { OutputFile } from './output-file.js';

/**
 * Writes `documents.bin` into a folder: the documents of lowest hash that the sources hold.
 * @param header of the state beside it
 * @returns SHA-256 of the file, by its name
 */
export async function writeDocuments(
  folder: string,
  sources: readonly DocumentSource[],
  header: StateHeader,
  { seed, most, neurons }: { seed: number; most: number; neurons: number },
): Promise<Record<string, string>> {
  const file = await OutputFile.create(path.join(folder, DOCUMENTS_FILE));
  try {
    await file.write(headBytes(header, neurons));
    for await (const entry of lowestEntries(sources, { seed, most })) await file.write(entry);
    await file.write(file.digest());
    return { [DOCUMENTS_FILE]: await file.finish() };
  } catch (error) {
    await file.abandon();
    throw error;
  }
}
