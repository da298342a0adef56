const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of strict UTF-8, a BOM included; null where it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(bytes);
  } catch (error) {
    if (firstInvalidByte(bytes) === null) throw error; // too long for a string, say
    return null;
  }
}

/**
 * Where the first sequence begins that is not UTF-8; null where all are.
 * The ranges are table 3-7 of the Unicode standard:
 * https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf
 */
export function firstInvalidByte(bytes: Uint8Array): number | null {
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i]!;
    const length =
      lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length === 0) return i;
    for (let k = 1; k < length; k++) {
      const [low, high] = k === 1 ? secondByte(lead) : [0x80, 0xbf];
      const byte = bytes[i + k];
      if (byte === undefined || byte < low || byte > high) return i;
    }
    i += length;
  }
  return null;
}

/** What may follow a lead byte: neither a longer form than needed, nor a surrogate, nor past U+10FFFF. */
function secondByte(lead: number): [low: number, high: number] {
  switch (lead) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return [0x80, 0xbf];
  }
}
