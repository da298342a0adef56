const LOW_BITS = 0x7f;
const MORE = 0x80;
/** Bytes of the longest varint: 53 bits, seven a byte. */
export const VARINT_BYTES = 8;

const encoder = new TextEncoder();

/** Bytes in the making. Call `reserve` before writes: they do not check. */
export class ByteWriter {
  private bytes: Uint8Array;
  private at = 0;

  constructor(capacity = 1 << 16) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.at + count));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  /** A whole number from 0 to 2^53: seven bits a byte, the lowest first, the top bit says that more follow (LEB128). */
  varint(value: number): void {
    const { bytes } = this;
    while (value >= 2 ** 31) {
      bytes[this.at++] = (value % 128) | MORE;
      value = Math.floor(value / 128);
    }
    while (value > LOW_BITS) {
      bytes[this.at++] = (value & LOW_BITS) | MORE;
      value >>>= 7;
    }
    bytes[this.at++] = value;
  }

  /** 32 bits, little-endian. */
  word(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.at = at + 4;
  }

  /** Bytes with their number. Reserves by itself. */
  block(bytes: Uint8Array): void {
    this.reserve(VARINT_BYTES + bytes.length);
    this.varint(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A string, or null, with its length: 0 for null, else one more than its bytes in UTF-8. Reserves by itself. */
  text(value: string | null): void {
    if (value === null) {
      this.reserve(VARINT_BYTES);
      return this.varint(0);
    }
    if (this.ascii(value)) return;
    const utf8 = encoder.encode(value);
    this.reserve(VARINT_BYTES + utf8.length);
    this.varint(utf8.length + 1);
    this.bytes.set(utf8, this.at);
    this.at += utf8.length;
  }

  /** The same of a string in ASCII, as most ids are: a loop beats a call of the encoder. @returns false, and nothing written, for another */
  private ascii(value: string): boolean {
    this.reserve(VARINT_BYTES + value.length);
    const start = this.at;
    this.varint(value.length + 1);
    const { bytes, at } = this;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.at = start;
        return false;
      }
      bytes[at + i] = unit;
    }
    this.at = at + value.length;
    return true;
  }

  /** What was written; shares the writer's memory. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }
}
