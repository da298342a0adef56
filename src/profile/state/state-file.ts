import { Exit, UserError } from '../../core/errors.js';
import type { LayerState } from '../../accumulate/layer-state.js';
import { HASH_BYTES, isWhole, readAt, reading } from '../whole-file.js';
import { OutputFile } from '../write/output-file.js';
import { layerBytes } from './layer-bytes.js';
import type { StateHeader } from './types.js';

/*
 * A state file:
 *
 * | bytes          |                                                              |
 * |----------------|--------------------------------------------------------------|
 * | 8              | MAGIC                                                        |
 * | 4              | version, little-endian as all numbers here                   |
 * | 4              | bytes of the header                                          |
 * | header         | JSON (`StateHeader`)                                         |
 * | sections       | the vocabulary (JSON; empty without), then a layer each      |
 * | 8 a section    | where each begins, as float64                                |
 * | 8              | where that list begins, as float64                           |
 * | 32             | SHA-256 of all bytes before                                  |
 */
const MAGIC = Buffer.from('NPSTATE\n');
const VERSION = 1;
const HEAD = MAGIC.length + 8;
/** Bytes behind the sections' list. */
const TAIL = 8 + HASH_BYTES;
/** A header of more is none of ours: a run of blocks takes a few bytes, and JSON.parse wants a string. */
const MOST_HEADER = 2 ** 28;

/** Bytes of a section, which is hashed and written at once: as many as Node can. */
export const MOST_SECTION = 2 ** 31 - 1;

/** The vocabulary's strings by id; null where an id has none. */
export type Vocabulary = (string | null)[];

/** Writes a state a section at a time: `begin`, a `layer` each, `finish`; or `abandon`. */
export class StateWriter {
  private readonly file: OutputFile;
  private readonly starts: number[] = [];
  private at = 0;
  /** Room for a layer: a little more than the one before took, for layers are much alike; undefined for the first. */
  private room: number | undefined;

  private constructor(file: OutputFile) {
    this.file = file;
  }

  static async begin(path: string, header: StateHeader, vocabulary: Vocabulary | null): Promise<StateWriter> {
    const writer = new StateWriter(await OutputFile.create(path));
    const json = Buffer.from(JSON.stringify(header));
    const head = Buffer.alloc(HEAD);
    MAGIC.copy(head);
    head.writeUInt32LE(VERSION, MAGIC.length);
    head.writeUInt32LE(json.length, MAGIC.length + 4);
    await writer.write(head);
    await writer.write(json);
    await writer.section(vocabulary === null ? new Uint8Array(0) : Buffer.from(JSON.stringify(vocabulary)));
    return writer;
  }

  /**
   * @param neurons columns that the state's entries belong to, ascending
   * @throws UserError (69) where its bytes are more than can be written
   */
  async layer(state: LayerState, neurons: Int32Array): Promise<void> {
    const bytes = layerBytes(state, neurons, this.room);
    this.room = Math.ceil(1.1 * bytes.length);
    await this.section(bytes);
  }

  /** @param bytes as `layerBytes` makes them */
  async section(bytes: Uint8Array): Promise<void> {
    if (bytes.length > MOST_SECTION) {
      throw new UserError({
        what: `what is kept of one layer takes ${bytes.length} bytes, and a state holds at most 2 GiB of a layer`,
        where: 'state.bin',
        todo: 'profile fewer neurons at a time (--neurons), or keep less of each: fewer labels, examples or positions',
        exit: Exit.MODEL,
      });
    }
    this.starts.push(this.at);
    await this.write(bytes);
  }

  /** @returns SHA-256 of the whole file */
  async finish(): Promise<string> {
    const list = Buffer.alloc(8 * this.starts.length + 8);
    this.starts.forEach((start, i) => list.writeDoubleLE(start, 8 * i));
    list.writeDoubleLE(this.at, 8 * this.starts.length);
    await this.write(list);
    await this.write(this.file.digest());
    return this.file.finish();
  }

  abandon(): Promise<void> {
    return this.file.abandon();
  }

  private async write(bytes: Uint8Array): Promise<void> {
    await this.file.write(bytes);
    this.at += bytes.length;
  }
}

/** A state on disk whose bytes are as they were written. */
export class StateFile {
  readonly path: string;
  readonly header: StateHeader;
  private readonly starts: number[];

  private constructor(path: string, header: StateHeader, starts: number[]) {
    this.path = path;
    this.header = header;
    this.starts = starts;
  }

  /**
   * Opens a state, and reads all of it once to see that it is whole.
   * @throws UserError 65 where it is not a state, damaged or of another version; 66, 74 where it cannot be read
   */
  static async open(path: string): Promise<StateFile> {
    return reading(path, async (handle) => {
      const { size } = await handle.stat();
      const head = await readAt(handle, 0, Math.min(HEAD, size));
      if (!head.subarray(0, MAGIC.length).equals(MAGIC)) {
        throw unfit(
          'this is not a state of neuroprobe’s',
          path,
          'name a state.bin, or the folder that holds one',
        );
      }
      const version = head.length < HEAD ? VERSION : head.readUInt32LE(MAGIC.length);
      if (size < HEAD + TAIL || !(await isWhole(handle, size))) {
        throw unfit(
          'this state is damaged: its bytes do not have the sha256 at its end',
          path,
          'take another copy of it, or compute it again',
        );
      }
      if (version !== VERSION) {
        throw unfit(
          `this state has version ${version}, and this neuroprobe reads ${VERSION}`,
          path,
          'use the neuroprobe that wrote it, or compute it again with this one',
        );
      }
      const headerLength = head.readUInt32LE(MAGIC.length + 4);
      if (headerLength > MOST_HEADER) throw unfit('this state has no header', path, 'compute it again');
      const header = JSON.parse((await readAt(handle, HEAD, headerLength)).toString()) as StateHeader;
      const list = (await readAt(handle, size - TAIL, 8)).readDoubleLE(0);
      const bytes = await readAt(handle, list, size - TAIL - list + 8);
      const starts = Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
      return new StateFile(path, header, starts);
    });
  }

  get layers(): number {
    return this.starts.length - 2;
  }

  /** Null where the run had no tokenizer. */
  async vocabulary(): Promise<Vocabulary | null> {
    const bytes = await this.section(0);
    return bytes.length === 0 ? null : (JSON.parse(bytes.toString()) as Vocabulary);
  }

  /** What `readLayer` takes. */
  layer(i: number): Promise<Buffer> {
    return this.section(i + 1);
  }

  private section(i: number): Promise<Buffer> {
    const start = this.starts[i]!;
    return reading(this.path, (handle) => readAt(handle, start, this.starts[i + 1]! - start));
  }
}

function unfit(what: string, where: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.DATA });
}
