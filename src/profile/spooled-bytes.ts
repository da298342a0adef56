/** A stretch of a file from its start, which workers wrote as they computed. */
export interface SpooledBytes {
  path: string;
  bytes: number;
}
