import { gzipSync } from 'node:zlib';
import { OutputFile } from '../profile/write/output-file.js';

/** Bytes of text that become a gzip member at a time. */
const MEMBER = 1 << 22;

/** JSON lines in a gzip file, of as many members as it takes to hold little of it in memory. */
export class GzipLines {
  private readonly output: OutputFile;
  private lines: string[] = [];
  private length = 0;

  private constructor(output: OutputFile) {
    this.output = output;
  }

  static async create(file: string): Promise<GzipLines> {
    return new GzipLines(await OutputFile.create(file));
  }

  async write(value: unknown): Promise<void> {
    const line = JSON.stringify(value);
    this.lines.push(line);
    this.length += line.length;
    if (this.length >= MEMBER) await this.flush();
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.output.finish();
  }

  abandon(): Promise<void> {
    return this.output.abandon();
  }

  private async flush(): Promise<void> {
    if (this.lines.length === 0) return;
    const text = `${this.lines.join('\n')}\n`;
    this.lines = [];
    this.length = 0;
    await this.output.write(gzipSync(text));
  }
}
