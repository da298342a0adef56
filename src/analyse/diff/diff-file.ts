import { rm } from 'node:fs/promises';
import { TABLES } from '../../profile/format.js';
import type { ColumnValues } from '../../profile/write/column-data.js';
import { OutputFile } from '../../profile/write/output-file.js';
import { moveIntoPlace, temporaryName } from '../../profile/write/replace-file.js';
import { TableFile } from '../../profile/write/table-file.js';
import { noRows } from '../../profile/write/tables.js';
import { EVENTS, MEASURES, type NeuronDiff } from './neuron-diff.js';

/** Rows of a record batch: some 140 bytes each. */
const MOST_ROWS = 1 << 14;

/** diff.arrow as neurons pass by: a batch of them is in memory. It is in its place once it is whole. */
export class DiffFile {
  private readonly path: string;
  private readonly temporary: string;
  private readonly groups: readonly string[];
  private readonly table: TableFile<'diff'>;
  private rows: NeuronDiff[] = [];

  private constructor(path: string, temporary: string, output: OutputFile, groups: readonly string[]) {
    this.path = path;
    this.temporary = temporary;
    this.groups = groups;
    this.table = new TableFile('diff', output, { group: groups });
  }

  /**
   * @param groups of the model's layers, each once
   * @throws UserError (73, 74, 75) where it cannot be made
   */
  static async create(path: string, groups: readonly string[]): Promise<DiffFile> {
    const temporary = temporaryName(path);
    return new DiffFile(path, temporary, await OutputFile.create(temporary), groups);
  }

  async add(diff: NeuronDiff): Promise<void> {
    if (this.rows.push(diff) === MOST_ROWS) await this.flush();
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.table.finish(noRows(TABLES.diff));
    await moveIntoPlace(this.temporary, this.path);
  }

  /** Leaves nothing of it. */
  async abandon(): Promise<void> {
    await this.table.abandon();
    await rm(this.temporary, { force: true });
  }

  private async flush(): Promise<void> {
    if (this.rows.length > 0) await this.table.write(columnsOf(this.rows, this.groups), this.rows.length);
    this.rows = [];
  }
}

function columnsOf(
  rows: readonly NeuronDiff[],
  groups: readonly string[],
): ColumnValues<(typeof TABLES)['diff']> {
  const whole = (of: (row: NeuronDiff) => number) => Int32Array.from(rows, of);
  const figure = (of: (row: NeuronDiff) => number) => Float64Array.from(rows, of);
  const named = <Name extends string, A>(names: readonly Name[], of: (name: Name) => A) =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, A>;
  return {
    group: whole(({ group }) => groups.indexOf(group)),
    layer: whole(({ layer }) => layer),
    neuron: whole(({ neuron }) => neuron),
    ...named(MEASURES, (name) => figure((row) => row[name])),
    w1_bound: figure(({ w1Bound }) => w1Bound),
    ...named(EVENTS, (name) => Uint8Array.from(rows, (row) => (row[name] ? 1 : 0))),
    active_rate_a: figure(({ a }) => a.activeRate),
    active_rate_b: figure(({ b }) => b.activeRate),
    mean_a: figure(({ a }) => a.mean),
    mean_b: figure(({ b }) => b.mean),
    std_a: figure(({ a }) => a.std),
    std_b: figure(({ b }) => b.std),
  };
}
