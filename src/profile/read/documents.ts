import path from 'node:path';
import { Exit, UserError } from '../../core/errors.js';
import { codeOf, readTrouble } from '../disk-trouble.js';
import { HEAD_BYTES, readEntryHead } from '../document-sample.js';
import { DOCUMENTS_FILE } from '../format.js';
import { hashFile } from '../hash-file.js';
import type { Manifest } from '../types.js';
import { HASH_BYTES } from '../whole-file.js';
import { damaged, readFully, withFile } from './profile-file.js';

/** A document of the sample. */
export interface SampledDocument {
  file: number;
  /** Number of the record in its file. */
  record: number;
  /** By label field: its labels there, each once; null where the record lacks the field. */
  labels: readonly (readonly string[] | null)[];
}

/** The values of a profile's documents of lowest hash, of which those asked for are in memory. */
export class DocumentSample {
  /** In the order of their hashes. */
  readonly documents: readonly SampledDocument[];
  /** Neurons of all layers. */
  readonly neurons: number;
  private readonly path: string;
  private readonly valuesAt: readonly number[];

  private constructor(
    path: string,
    neurons: number,
    entries: readonly { document: SampledDocument; valuesAt: number }[],
  ) {
    this.path = path;
    this.neurons = neurons;
    this.documents = entries.map(({ document }) => document);
    this.valuesAt = entries.map(({ valuesAt }) => valuesAt);
  }

  /**
   * Opens the sample of a complete profile.
   * @throws UserError: 2 where the profile was made without; 65 where the file is missing or damaged; 74 where it cannot be read
   */
  static async open(folder: string, manifest: Manifest): Promise<DocumentSample> {
    const file = path.join(folder, DOCUMENTS_FILE);
    const sha256 = manifest.files[DOCUMENTS_FILE];
    if (sha256 === undefined) {
      throw new UserError({
        what: 'this profile has no values of documents, whose labels could be permuted',
        where: folder,
        todo: 'make it again with --label-field FIELD --permutations, and --force',
        exit: Exit.USAGE,
      });
    }
    const found = await hashFile(file).catch((error: unknown) => {
      throw codeOf(error) === 'ENOENT' ? damaged(file, 'is missing') : readTrouble(error, file);
    });
    if (found.sha256 !== sha256) throw damaged(file, 'does not have the sha256 that the manifest states');
    const fields = (manifest.settings['label_fields'] as string[]).length;
    const { neurons } = manifest.summary;
    const end = found.bytes - HASH_BYTES;
    return new DocumentSample(file, neurons, entriesOf(file, { end, neurons, fields }));
  }

  /** Values of neurons [first, end) of all documents, row-major; −∞ where a document has none. */
  values(first: number, end: number): Float32Array {
    const width = end - first;
    const all = new Float32Array(this.documents.length * width);
    const bytes = new Uint8Array(all.buffer);
    withFile(this.path, (descriptor) => {
      for (const [row, at] of this.valuesAt.entries())
        readFully(descriptor, bytes.subarray(4 * row * width, 4 * (row + 1) * width), at + 4 * first);
    });
    return all;
  }
}

function entriesOf(
  file: string,
  { end, neurons, fields }: { end: number; neurons: number; fields: number },
): { document: SampledDocument; valuesAt: number }[] {
  return withFile(file, (descriptor) => {
    const entries: { document: SampledDocument; valuesAt: number }[] = [];
    const size = Buffer.alloc(4);
    for (let at = HEAD_BYTES; at < end;) {
      readFully(descriptor, size, at);
      const next = at + 4 + size.readUInt32LE(0);
      const valuesAt = next - 4 * neurons;
      const head = Buffer.alloc(valuesAt - at - 4);
      readFully(descriptor, head, at + 4);
      entries.push({ document: readEntryHead(head, fields), valuesAt });
      at = next;
    }
    return entries;
  });
}
