import { deflateSync } from 'node:zlib';

const COLOURS = 256;
/** How far apart colours of the palette are at least, squared: shades of one colour are not to take all places. */
const APART = 10 ** 2;

/**
 * An image as a PNG of 256 colours, the most frequent that are not alike: of a page of text, half the bytes of a PNG of
 * all colours. A pixel of another colour takes the nearest. Format: https://www.w3.org/TR/png-3/
 * @param rgba four bytes a pixel, row by row
 */
export function palettePng({ width, height, rgba }) {
  const colours = new Uint32Array(width * height);
  const seen = new Map();
  for (let i = 0; i < colours.length; i++) {
    const colour = (rgba[4 * i] << 16) | (rgba[4 * i + 1] << 8) | rgba[4 * i + 2];
    colours[i] = colour;
    seen.set(colour, (seen.get(colour) ?? 0) + 1);
  }
  const palette = [];
  for (const colour of [...seen.keys()].sort((a, b) => seen.get(b) - seen.get(a) || a - b)) {
    if (palette.length < COLOURS && palette.every((other) => distance(colour, other) >= APART))
      palette.push(colour);
  }
  const placeOf = new Map([...seen.keys()].map((colour) => [colour, nearest(palette, colour)]));
  // A row begins with its filter, here none.
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = placeOf.get(colours[i++]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // bits a pixel; a palette; deflate; its filters; not interlaced
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const channels = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

function distance(a, b) {
  const [one, other] = [channels(a), channels(b)];
  return one.reduce((sum, channel, i) => sum + (channel - other[i]) ** 2, 0);
}

/** Place of the nearest colour. */
function nearest(palette, colour) {
  const distances = palette.map((other) => distance(colour, other));
  return distances.indexOf(Math.min(...distances));
}

/** Length, type, data, and the CRC of the last two. */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(data.length, 0);
  bytes.set(body, 4);
  bytes.writeUInt32BE(crc(body), body.length + 4);
  return bytes;
}

/** CRC-32 of the PNG specification, bit by bit. */
function crc(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return (rest ^ 0xffffffff) >>> 0;
}
