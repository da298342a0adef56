import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';

/** A document of documents.bin, as docs/permutations.md says that it lies there. */
export interface StoredDocument {
  file: number;
  record: number;
  labels: (string[] | null)[];
  values: number[];
}

/** Reads a profile's documents.bin byte by byte, with nothing of ours. */
export function storedDocuments(profile: string, fields: number): StoredDocument[] {
  const bytes = readFileSync(path.join(profile, 'documents.bin'));
  expect(bytes.subarray(0, 8).toString()).toBe('NPVALUE\n');
  expect(bytes.readUInt32LE(8)).toBe(1);
  const neurons = bytes.readUInt32LE(12);
  const state = readFileSync(path.join(profile, 'state.bin'));
  const header = state.subarray(16, 16 + state.readUInt32LE(12));
  const hash = (of: Buffer) => createHash('sha256').update(of).digest('hex');
  expect(bytes.subarray(16, 48).toString('hex')).toBe(hash(header));
  expect(bytes.subarray(-32).toString('hex')).toBe(hash(bytes.subarray(0, -32)));
  let at = 48;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const text = () => {
    const length = varint() - 1;
    at += length;
    return bytes.subarray(at - length, at).toString();
  };
  const documents: StoredDocument[] = [];
  while (at < bytes.length - 32) {
    const end = at + 4 + bytes.readUInt32LE(at);
    at += 4;
    const [file, record] = [varint(), varint()];
    const labels = Array.from({ length: fields }, () => {
      const count = varint();
      return count === 0 ? null : Array.from({ length: count - 1 }, text);
    });
    const values = Array.from({ length: neurons }, (_, j) => bytes.readFloatLE(at + 4 * j));
    documents.push({ file, record, labels, values });
    at += 4 * neurons;
    expect(at).toBe(end);
  }
  return documents;
}
