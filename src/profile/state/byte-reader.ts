/** Reads what a ByteWriter wrote, the same calls in the same order. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    let value = byte & 0x7f;
    let scale = 1;
    while (byte >= 0x80) {
      byte = bytes[this.at++]!;
      scale *= 128;
      value += (byte & 0x7f) * scale;
    }
    return value;
  }

  /** 32 bits as a signed number. */
  word(): number {
    const { bytes, at } = this;
    this.at = at + 4;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  block(): Uint8Array {
    const length = this.varint();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string | null {
    const length = this.varint();
    if (length === 0) return null;
    const start = this.at;
    this.at += length - 1;
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes.subarray(start, this.at));
  }

  isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** @throws where the calls read more or less than there was: the bytes are of another format */
  end(): void {
    if (this.at !== this.bytes.length) {
      throw new Error(`a block of ${this.bytes.length} bytes was read to byte ${this.at}`);
    }
  }
}
