import { closeSync, openSync, readSync } from 'node:fs';
import { concat, varint, type Part } from './write.js';

/** Bytes of a file that go into a message as they are. */
export interface FileRange {
  file: string;
  offset: number;
  length: number;
}

/** What a message is put together from: bytes in memory, or of a file, which nobody reads before they are written. */
export type Piece = Part | FileRange;

export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** A length-delimited field around pieces. */
export function fieldOf(field: number, pieces: readonly Piece[]): Piece[] {
  return [concat([varint(field * 8 + 2), varint(lengthOf(pieces))]), ...pieces];
}

/** All pieces as one array, for messages that fit in memory. */
export function readPieces(pieces: readonly Piece[]): Uint8Array {
  return concat(pieces.map((piece) => (piece instanceof Uint8Array ? piece : readRange(piece))));
}

function readRange({ file, offset, length }: FileRange): Uint8Array {
  const fd = openSync(file, 'r');
  try {
    const data = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const got = readSync(fd, data, done, length - done, offset + done);
      if (got === 0) throw new RangeError(`${file} ends early`);
      done += got;
    }
    return data;
  } finally {
    closeSync(fd);
  }
}
