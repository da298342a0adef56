/** Text of one token of a run: some bytes, or text that is none (an added token). */
export type Raw = number[] | string;

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes the bytes of consecutive tokens as UTF-8. A character whose bytes
 * several tokens share belongs to the token that holds its first byte; the
 * others get `''` there. A byte that begins no character gives U+FFFD.
 * @returns one text a token
 */
export function decodeRun(tokens: readonly Raw[]): string[] {
  const texts = tokens.map((token) => (typeof token === 'string' ? token : ''));
  for (let first = 0; first < tokens.length; first++) {
    if (typeof tokens[first] === 'string') continue;
    let end = first;
    while (end < tokens.length && typeof tokens[end] !== 'string') end++;
    decodeBytes(tokens.slice(first, end) as number[][]).forEach((text, i) => (texts[first + i] = text));
    first = end - 1;
  }
  return texts;
}

function decodeBytes(tokens: readonly number[][]): string[] {
  const texts = tokens.map(() => '');
  const owners = tokens.flatMap((bytes, token) => bytes.map(() => token));
  const bytes = Uint8Array.from(tokens.flat());
  for (let i = 0; i < bytes.length;) {
    const length = lengthOf(bytes[i]!);
    const character = decodeOne(bytes.subarray(i, i + length));
    texts[owners[i]!] += character ?? '\uFFFD';
    i += character === null ? 1 : length;
  }
  return texts;
}

/** Bytes of the character that begins with this one (RFC 3629). */
function lengthOf(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function decodeOne(bytes: Uint8Array): string | null {
  // Most characters: a call of the decoder takes forty times as long.
  if (bytes[0]! < 0x80) return String.fromCharCode(bytes[0]!);
  try {
    return STRICT.decode(bytes);
  } catch {
    return null; // the decoder's only way to say that this is not UTF-8
  }
}
