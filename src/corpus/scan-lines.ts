import { Exit, UserError } from '../core/errors.js';
import { placeInFile } from './read-trouble.js';

const LF = 0x0a;

/** Bytes that a blank line may hold: space, tab, CR. */
const BLANK: readonly number[] = [0x20, 0x09, 0x0d];

/** U+FEFF in UTF-8: some editors begin a file with it. */
export const BOM: readonly number[] = [0xef, 0xbb, 0xbf];

/** Where one line lies in its uncompressed file. */
export interface Line {
  /** Number from 1. */
  line: number;
  startByte: number;
  /** Exclusive; after its line end if it has one. */
  endByte: number;
  /** Bytes, its LF apart. */
  length: number;
  /** Holds nothing but spaces, tabs, CR (and the file's BOM): no record. */
  blank: boolean;
  /** Has more bytes than are taken; only where the scanner was told to pass them. */
  tooLong: boolean;
}

export interface ScanStart {
  path: string;
  /** Most bytes of a line, its LF apart. */
  maxLineBytes: number;
  /** Line and byte of the file that the first chunk begins at; the start of the file where absent. */
  startLine?: number;
  startByte?: number;
  /** Whether a line that is too long is given, and not thrown. */
  passLong?: boolean;
}

/**
 * Finds the lines in a file's bytes, chunk by chunk, split on LF alone. It holds
 * none of the bytes, so a line's length costs no memory here.
 */
export class LineScanner {
  private readonly path: string;
  private readonly maxLineBytes: number;
  private line: number;
  private lineStart: number;
  private blank = true;
  private tooLong = false;
  private readonly passLong: boolean;
  /** Where the next chunk begins. */
  private at: number;

  constructor({ path, maxLineBytes, startLine = 1, startByte = 0, passLong = false }: ScanStart) {
    this.passLong = passLong;
    this.path = path;
    this.maxLineBytes = maxLineBytes;
    this.line = startLine;
    this.lineStart = startByte;
    this.at = startByte;
  }

  /** Where the line that is not whole yet begins. */
  get startByte(): number {
    return this.lineStart;
  }

  /** Whether that line is too long already. */
  get isTooLong(): boolean {
    return this.tooLong;
  }

  /**
   * The lines that end in this chunk.
   * @param chunk what follows the last one; the first of a file is not cut within a BOM
   * @throws UserError 65 for a line longer than the most allowed
   */
  *scan(chunk: Uint8Array): Generator<Line> {
    const base = this.at;
    let from = base === 0 && BOM.every((byte, i) => chunk[i] === byte) ? BOM.length : 0;
    for (;;) {
      const lf = chunk.indexOf(LF, from);
      const end = lf === -1 ? chunk.length : lf;
      this.blank &&= isBlank(chunk, from, end);
      if (base + end - this.lineStart > this.maxLineBytes) {
        if (!this.passLong) throw this.lineTooLong();
        this.tooLong = true;
      }
      if (lf === -1) break;
      yield this.finish(base + lf + 1, 1);
      from = lf + 1;
    }
    this.at = base + chunk.length;
  }

  /** The last line of the file, where no LF ends it. */
  *end(): Generator<Line> {
    if (this.at > this.lineStart) yield this.finish(this.at, 0);
  }

  /** @param lineEnd bytes of its LF */
  private finish(endByte: number, lineEnd: number): Line {
    const { blank, tooLong } = this;
    const startByte = this.lineStart;
    const length = endByte - startByte - lineEnd;
    const line = { line: this.line++, startByte, endByte, length, blank, tooLong };
    this.lineStart = endByte;
    this.blank = true;
    this.tooLong = false;
    return line;
  }

  private lineTooLong(): UserError {
    return new UserError({
      what: `this line is longer than ${this.maxLineBytes} bytes`,
      where: placeInFile(this.path, this.line, this.lineStart),
      todo: 'allow longer ones with --max-line-bytes, or check that the file has a line for each record',
      exit: Exit.DATA,
    });
  }
}

function isBlank(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if (!BLANK.includes(bytes[i]!)) return false;
  return true;
}
