/**
 * Byte-level BPE writes each byte as one printable character: those that are
 * printable in Latin-1 as themselves, the 68 others from U+0100 on (GPT-2's
 * `bytes_to_unicode`, https://github.com/openai/gpt-2/blob/master/src/encoder.py).
 */
const PRINTABLE: readonly (readonly [first: number, last: number])[] = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
];

/** The character of each byte; entry b is that of byte b. */
const CHARACTERS = characters();
const BYTE_OF = new Map(CHARACTERS.map((character, byte) => [character, byte]));

/** The bytes that a byte-level token stands for; null where a character is none of the alphabet. */
export function bytesOfToken(token: string): number[] | null {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF.get(character);
    if (byte === undefined) return null;
    bytes.push(byte);
  }
  return bytes;
}

/** Bytes as byte-level tokens write them, a character a byte. */
export function tokenOfBytes(bytes: Uint8Array): string {
  let token = '';
  for (const byte of bytes) token += CHARACTERS[byte]!;
  return token;
}

function characters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = PRINTABLE.some(([first, last]) => byte >= first && byte <= last);
    return String.fromCodePoint(printable ? byte : next++);
  });
}
