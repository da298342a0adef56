import { RecordBatchFileWriter, type RecordBatch, type Schema } from 'apache-arrow';
import { Message } from 'apache-arrow/ipc/metadata/message';

/** Small pieces (prefixes, padding) are joined up to this many bytes. */
const JOINED = 1 << 16;

/** The library's writer with its bytes handed out instead of queued, and the schema where the format wants it. */
export class ArrowEncoder extends RecordBatchFileWriter {
  private pieces: Uint8Array[] = [];

  /** The bytes written since the last call, in few chunks. */
  take(): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let small: Uint8Array[] = [];
    for (const piece of [...this.pieces, null]) {
      if (piece !== null && piece.length < JOINED) {
        small.push(piece);
        continue;
      }
      if (small.length > 0) chunks.push(Buffer.concat(small));
      small = [];
      if (piece !== null) chunks.push(piece);
    }
    this.pieces = [];
    return chunks;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started && chunk.byteLength > 0) {
      this.pieces.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      this._position += chunk.byteLength;
    }
    return this;
  }

  /**
   * A file is the magic, then a whole stream, then the footer. The library leaves
   * the stream's schema out (21.2), which readers that skip the magic and read on,
   * DuckDB's among them, need.
   */
  protected override _writeSchema(schema: Schema): this {
    return super._writeSchema(schema)._writeMessage(Message.from(schema));
  }
}

/** A whole Arrow IPC file in memory. */
export function fileOf(schema: Schema, batches: readonly RecordBatch[]): Uint8Array {
  const encoder = new ArrowEncoder();
  encoder.reset(undefined, schema);
  for (const batch of batches) encoder.write(batch);
  encoder.finish();
  return Buffer.concat(encoder.take());
}
