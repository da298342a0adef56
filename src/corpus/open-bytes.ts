import { fileKind, HEAD_BYTES } from './file-kind.js';
import { fileBytes } from './file-bytes.js';
import { gunzip } from './gunzip.js';
import { streamBytes } from './stream-bytes.js';
import type { CorpusFile } from './types.js';

type Chunks = AsyncGenerator<Uint8Array, void>;

/**
 * The uncompressed bytes of a file of the corpus, whatever its kind. The first
 * chunk holds the file's first `HEAD_BYTES` (so a BOM is not cut); no chunk is empty.
 * @param onRead told the bytes that were read as they are stored, since the last call
 * @throws UserError as `fileBytes`, `streamBytes`, `gunzip`, and `fileKind` for a stream
 */
export function openBytes({ path, kind, size }: CorpusFile, onRead: (bytes: number) => void): Chunks {
  const stored = counted(kind === 'stdin' ? streamBytes(path) : fileBytes(path, size!), onRead);
  switch (kind) {
    case 'plain':
      return withHead(stored);
    case 'gzip':
      return withHead(gunzip(stored, path));
    case 'stdin':
      return withHead(uncompressed(withHead(stored), path));
  }
}

/** Tells from its first chunk how a stream is read. */
async function* uncompressed(stored: Chunks, path: string): Chunks {
  try {
    const first = await stored.next();
    if (first.done === true) return;
    const whole = startingWith(first.value, stored);
    yield* fileKind(first.value, path) === 'gzip' ? gunzip(whole, path) : whole;
  } finally {
    await stored.return();
  }
}

async function* startingWith(first: Uint8Array, rest: Chunks): Chunks {
  yield first;
  yield* rest;
}

/** Joins the first chunks until they hold `HEAD_BYTES`, and leaves out empty ones. */
async function* withHead(chunks: Chunks): Chunks {
  let head: Uint8Array | null = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head === null) {
      if (chunk.length > 0) yield chunk;
      continue;
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    yield head;
    head = null;
  }
  if (head !== null && head.length > 0) yield head;
}

async function* counted(chunks: Chunks, onRead: (bytes: number) => void): Chunks {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}
