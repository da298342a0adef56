import path from 'node:path';
import { matchSlots, type MatchSample } from '../../accumulate/match-sample.js';
import { TABLES, tableFile, type MATCH_COLUMNS, type MATCH_PLACE_COLUMNS } from '../format.js';
import type { ProfileContext } from '../types.js';
import { keyColumns, slices, type Batch, type LayerKey } from './batch.js';
import { noRows } from './no-rows.js';
import { OutputFile } from './output-file.js';
import { TableFile } from './table-file.js';

/** Bytes of activations in a record batch. */
const MOST_BYTES = 16 * 2 ** 20;

/** match.arrow and match_places.arrow, as layers pass by. */
export class MatchTables {
  /** To be abandoned where the writing fails. */
  readonly files: readonly [TableFile<'match'>, TableFile<'match_places'>];
  private readonly recordsBefore: readonly number[];
  private placesWritten = false;

  private constructor(files: MatchTables['files'], recordsBefore: readonly number[]) {
    this.files = files;
    this.recordsBefore = recordsBefore;
  }

  static async open(
    folder: string,
    { files, recordsBefore }: ProfileContext,
    groups: readonly string[],
  ): Promise<MatchTables> {
    const file = (table: 'match' | 'match_places') => OutputFile.create(path.join(folder, tableFile(table)));
    const match = new TableFile('match', await file('match'), { group: groups });
    return new MatchTables(
      [match, new TableFile('match_places', await file('match_places'), { file: files })],
      recordsBefore,
    );
  }

  async add(key: LayerKey, neurons: Int32Array, sample: MatchSample): Promise<void> {
    const [match, places] = this.files;
    for (const { columns, rows } of matchBatches(key, neurons, sample)) await match.write(columns, rows);
    if (this.placesWritten) return;
    this.placesWritten = true;
    const { columns, rows } = matchPlaces(sample, this.recordsBefore);
    if (rows > 0) await places.write(columns, rows);
  }

  /** @returns SHA-256 of each file, by its name */
  async finish(): Promise<Record<string, string>> {
    const [match, places] = this.files;
    return {
      [tableFile('match')]: await match.finish(noRows(TABLES.match)),
      [tableFile('match_places')]: await places.finish(noRows(TABLES.match_places)),
    };
  }
}

/** A layer's rows of match.arrow. @param neurons column of each kept neuron */
function* matchBatches(
  key: LayerKey,
  neurons: Int32Array,
  sample: MatchSample,
): Iterable<Batch<typeof MATCH_COLUMNS>> {
  const slots = matchSlots(sample);
  const most = Math.max(1, Math.floor(MOST_BYTES / (4 * slots.length + 4)));
  for (const [start, end] of slices(neurons.length, most)) {
    const rows = end - start;
    const columns = {
      ...keyColumns(key, rows),
      neuron: neurons.subarray(start, end),
      activations: {
        offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * slots.length),
        items: transposed(sample, slots, start, end),
      },
    };
    yield { columns, rows };
  }
}

/** The rows of match_places.arrow, which every layer has alike. @param recordsBefore records in the files before each file */
function matchPlaces(
  sample: MatchSample,
  recordsBefore: readonly number[],
): Batch<typeof MATCH_PLACE_COLUMNS> {
  const slots = matchSlots(sample);
  const of = (field: Int32Array) => slots.map((slot) => field[slot]!);
  const file = of(sample.file);
  const columns = {
    rank: slots.map((_, rank) => rank),
    document: of(sample.record).map((record, i) => recordsBefore[file[i]!]! + record),
    file,
    window: of(sample.window),
    position: of(sample.position),
    token_id: of(sample.tokenId),
  };
  return { columns, rows: slots.length };
}

/** Neurons [start, end) one after another, each with its value at every slot. */
function transposed(
  { neurons, values }: MatchSample,
  slots: Int32Array,
  start: number,
  end: number,
): Float32Array {
  const items = new Float32Array((end - start) * slots.length);
  slots.forEach((slot, rank) => {
    const from = slot * neurons;
    for (let j = start; j < end; j++) items[(j - start) * slots.length + rank] = values[from + j]!;
  });
  return items;
}
