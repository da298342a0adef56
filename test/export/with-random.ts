import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  Dictionary,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  tableFromIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { Data } from 'apache-arrow';
import { MANIFEST_FILE } from '../../src/profile/format.js';
import { readManifest } from '../../src/profile/read/manifest.js';
import { fileOf } from '../../src/profile/write/arrow-encoder.js';
import type { Manifest, ManifestDraft } from '../../src/profile/types.js';
import { manifestText } from '../../src/profile/write/manifest.js';

/**
 * Makes of a profile one as a run with random examples and bands leaves it: its bottom examples are called
 * by turns `random` and `band`.
 */
export async function withRandom(folder: string): Promise<void> {
  const file = path.join(folder, 'examples.arrow');
  const table = tableFromIPC(readFileSync(file));
  const type = new Dictionary(
    new Utf8(),
    new Int32(),
    table.schema.fields.findIndex(({ name }) => name === 'side'),
  );
  const names = vectorFromArray(['top', 'random', 'band'], new Utf8());
  const fields = table.schema.fields.map((field) => (field.name === 'side' ? field.clone({ type }) : field));
  const schema = new Schema(fields, table.schema.metadata);
  const batches = table.batches.map((batch) => {
    const side = batch.getChild('side')!;
    const data = Int32Array.from({ length: batch.numRows }, (_, row) =>
      side.get(row) === 'top' ? 0 : 1 + (row % 2),
    );
    const children = batch.data.children.map((child, i): Data =>
      fields[i]!.name === 'side'
        ? makeData({ type, length: batch.numRows, nullCount: 0, data, dictionary: names })
        : child,
    );
    return new RecordBatch(
      schema,
      makeData({ type: new Struct(fields), length: batch.numRows, nullCount: 0, children }),
    );
  });
  const bytes = fileOf(schema, batches);
  writeFileSync(file, bytes);
  const draft: Partial<Manifest> = await readManifest(folder);
  const hashes = { ...draft.files, 'examples.arrow': createHash('sha256').update(bytes).digest('hex') };
  delete draft.files;
  delete draft.sha256;
  writeFileSync(path.join(folder, MANIFEST_FILE), manifestText(draft as ManifestDraft, hashes));
}
