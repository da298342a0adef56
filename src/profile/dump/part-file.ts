import { closeSync, fsyncSync, openSync } from 'node:fs';
import { writeTrouble } from '../disk-trouble.js';
import { hashFile } from '../hash-file.js';
import { FLOAT16_END, float16Bits } from './float16.js';
import { HIT_WORDS } from './find-hits.js';
import type { DumpPart } from './parts.js';
import { Region } from './region.js';
import { safetensorsLayout, type SafetensorsLayout, type TensorShape } from './safetensors.js';

/** What a part comes to, known before its file is written. */
export interface PartSize {
  /** Windows. */
  rows: number;
  context: number;
  hits: number;
  /** The largest activation. */
  largest: number;
}

/** Numbers that 16 bits hold: 0 to 65,535. */
const SHORT = 2 ** 16;

/**
 * Where a part's tensors lie. Numbers are as narrow as delphi writes them where that loses nothing but float16's
 * rounding: a file with an activation that float16 does not reach has float32.
 */
export function partLayout(
  { first, last }: Pick<DumpPart, 'first' | 'last'>,
  { rows, context, hits, largest }: PartSize,
): SafetensorsLayout & { isShort: boolean; isHalf: boolean } {
  const isShort = Math.max(rows, context, last - first + 1) <= SHORT;
  const isHalf = largest < FLOAT16_END;
  const tensors: TensorShape[] = [
    { name: 'locations', dtype: isShort ? 'U16' : 'U32', shape: [hits, 3] },
    { name: 'activations', dtype: isHalf ? 'F16' : 'F32', shape: [hits] },
    { name: 'tokens', dtype: 'I64', shape: [rows, context] },
  ];
  return { ...safetensorsLayout(tensors), isShort, isHalf };
}

/** One file of a dump, window by window. */
export class PartFile {
  private readonly path: string;
  private readonly file: number;
  private readonly regions: Record<'locations' | 'activations' | 'tokens', Region>;
  private readonly isShort: boolean;
  private readonly isHalf: boolean;
  private row = 0;
  private isOpen = true;

  /** @throws UserError (73, 74, 75) where it cannot be made */
  constructor(path: string, part: DumpPart, size: PartSize) {
    const { head, starts, isShort, isHalf } = partLayout(part, size);
    this.path = path;
    this.file = writing(path, () => openSync(path, 'wx'));
    const region = (start: number) => new Region(this.file, path, start);
    const header = region(0);
    header.write(head);
    header.end();
    this.regions = {
      locations: region(starts['locations']!),
      activations: region(starts['activations']!),
      tokens: region(starts['tokens']!),
    };
    this.isShort = isShort;
    this.isHalf = isHalf;
  }

  /**
   * @param tokens of the window, padded: int64 as pairs of words
   * @param words hits, HIT_WORDS each, of which `floats` is the same memory
   */
  add(tokens: Uint32Array, words: Uint32Array, floats: Float32Array): void {
    const hits = words.length / HIT_WORDS;
    const locations = new (this.isShort ? Uint16Array : Uint32Array)(3 * hits);
    const activations = new (this.isHalf ? Uint16Array : Uint32Array)(hits);
    for (let hit = 0, at = 0; hit < hits; hit++, at += HIT_WORDS) {
      locations[3 * hit] = this.row;
      locations[3 * hit + 1] = words[at]!;
      locations[3 * hit + 2] = words[at + 1]!;
      activations[hit] = this.isHalf ? float16Bits(floats[at + 2]!) : words[at + 2]!;
    }
    this.regions.locations.write(locations);
    this.regions.activations.write(activations);
    this.regions.tokens.write(tokens);
    this.row++;
  }

  /** @returns SHA-256 of the file, which is on disk for good */
  async finish(): Promise<string> {
    for (const region of Object.values(this.regions)) region.end();
    writing(this.path, () => fsyncSync(this.file));
    this.close();
    return (await hashFile(this.path)).sha256;
  }

  /** Lets go of the file as it is. */
  close(): void {
    if (this.isOpen) closeSync(this.file);
    this.isOpen = false;
  }
}

function writing<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw writeTrouble(error, path);
  }
}
