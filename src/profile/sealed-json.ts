import { createHash } from 'node:crypto';

/**
 * A sealed file is a JSON object, indented by two, whose last field is the hash
 * of what stands before it:
 *
 * | bytes                        |                                              |
 * |------------------------------|----------------------------------------------|
 * | `{` … `,\n  `                | the other fields: these bytes are hashed     |
 * | `"sha256": "` 64 digits `"`  | SHA-256 of them, in lower-case hex           |
 * | `\n}\n`                      | the end of the file                          |
 */
export function seal(fields: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(fields, null, 2);
  const hashed = `${text.slice(0, -'\n}'.length)},\n  `;
  return `${hashed}${tail(sha256(hashed))}`;
}

/** Whether the bytes are as they were sealed; one flipped bit anywhere says no. */
export function isSealed(bytes: Uint8Array): boolean {
  const tailStart = bytes.length - tail('0'.repeat(64)).length;
  if (tailStart < 0) return false;
  const hashed = bytes.subarray(0, tailStart);
  return Buffer.from(tail(sha256(hashed))).equals(bytes.subarray(tailStart));
}

function tail(hash: string): string {
  return `"sha256": "${hash}"\n}\n`;
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
