import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Read at once. */
const CHUNK = 1 << 20;

/**
 * SHA-256, in hex, of a file, or of its first `most` bytes, and how many bytes that were.
 * @throws what the system says where it cannot be read
 */
export async function hashFile(path: string, most = Infinity): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  if (most > 0) {
    for await (const chunk of createReadStream(path, { end: most - 1, highWaterMark: CHUNK })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  }
  return { bytes, sha256: hash.digest('hex') };
}
