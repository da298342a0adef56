import path from 'node:path';
import { caseMean, type GateCases } from '../../accumulate/gate-cases.js';
import { rankExamples } from '../../accumulate/rank-examples.js';
import { SIGNS, TABLES, tableFile } from '../format.js';
import type { LayerKey } from './batch.js';
import { batchesOfSides, type ExampleSources } from './examples.js';
import { noRows } from './no-rows.js';
import { OutputFile } from './output-file.js';
import { TableFile } from './table-file.js';

/** gate_cases.arrow, as layers pass by. */
export class GateTable {
  /** To be abandoned where the writing fails. */
  readonly file: TableFile<'gate_cases'>;
  private readonly sources: ExampleSources;

  private constructor(file: TableFile<'gate_cases'>, sources: ExampleSources) {
    this.file = file;
    this.sources = sources;
  }

  /** @param files of the corpus, as given */
  static async open(
    folder: string,
    { groups, files }: { groups: readonly string[]; files: readonly string[] },
    sources: ExampleSources,
  ): Promise<GateTable> {
    const output = await OutputFile.create(path.join(folder, tableFile('gate_cases')));
    const names = { group: groups, gate: SIGNS, up: SIGNS, file: files };
    return new GateTable(new TableFile('gate_cases', output, names), sources);
  }

  /** @param tokens counted ones */
  async add(key: LayerKey, neurons: Int32Array, tokens: number, { cases }: GateCases): Promise<void> {
    const indexOf = new Map([...neurons].map((neuron, j) => [neuron, j]));
    // A case has an example where it has a token.
    const examples = cases.map(({ example }) => rankExamples(example));
    for (const { columns, rows } of batchesOfSides(key, neurons, examples, this.sources)) {
      const { side } = columns;
      const figure = (of: (which: number, j: number) => number) =>
        Float64Array.from(side, (which, row) => of(which, indexOf.get(columns.neuron[row]!)!));
      const count = figure((which, j) => cases[which]!.count[j]!);
      await this.file.write(
        {
          ...columns,
          gate: side.map((which) => which >> 1),
          up: side.map((which) => which & 1),
          count,
          share: count.map((each) => each / tokens),
          mean: figure((which, j) => caseMean(cases[which]!, j)),
        },
        rows,
      );
    }
  }

  /** @returns SHA-256 of the file, by its name */
  async finish(): Promise<Record<string, string>> {
    return { [tableFile('gate_cases')]: await this.file.finish(noRows(TABLES.gate_cases)) };
  }
}
