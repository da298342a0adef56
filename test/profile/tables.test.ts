import { readFileSync } from 'node:fs';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import pl from 'nodejs-polars';
import type { TablesWanted } from '../../src/profile/types.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { TABLES, tableFile, type Column, type ColumnType, type TableName } from '../../src/profile/format.js';
import { LAYERS, madeLayer, temporary, writeProfile } from './made.js';

type Value = string | number | boolean | null | Value[];
type Rows = Record<string, Value>[];

/** How polars, a reader that is not ours, names each column's type. */
const POLARS: Record<ColumnType, RegExp> = {
  bool: /Bool/,
  int32: /Int32/,
  int64: /Int64/,
  float32: /Float32/,
  float64: /Float64/,
  text: /String|Utf8/,
  name: /Categorical/,
  texts: /List.*(String|Utf8)/,
  int32s: /List.*Int32/,
  float32s: /List.*Float32/,
};

function readTable(folder: string, table: TableName) {
  return pl.readIPC(readFileSync(path.join(folder, tableFile(table))));
}

/** Rows by polars; its categorical columns as text. */
function rowsOf(folder: string, table: TableName): Rows {
  const frame = readTable(folder, table);
  const names = Object.entries(TABLES[table]).flatMap(([name, { type }]) => (type === 'name' ? [name] : []));
  const text = frame.withColumns(...names.map((name) => pl.col(name).cast(pl.Utf8)));
  return (text.toRecords() as Rows).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
  );
}

function plain(value: unknown): Value {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value as Value;
  return Array.from(value as Iterable<unknown>, plain);
}

describe('the tables, read by polars', () => {
  let folder: string;
  let tables: Record<keyof TablesWanted, Rows>;

  beforeAll(async () => {
    folder = path.join(temporary(), 'out');
    await writeProfile(folder);
    tables = {
      neurons: rowsOf(folder, 'neurons'),
      examples: rowsOf(folder, 'examples'),
      histograms: rowsOf(folder, 'histograms'),
      layers: rowsOf(folder, 'layers'),
    };
    frames = {
      neurons: readTable(folder, 'neurons'),
      examples: readTable(folder, 'examples'),
      histograms: readTable(folder, 'histograms'),
      layers: readTable(folder, 'layers'),
    };
  });
  let frames: Record<keyof TablesWanted, ReturnType<typeof readTable>>;

  test.each(['neurons', 'examples', 'histograms', 'layers'] as const)(
    '%s has the columns of the format, in order, of their types',
    (table) => {
      const expected = Object.entries<Column>(TABLES[table]);
      expect(frames[table].columns).toEqual(expected.map(([name]) => name));
      frames[table].dtypes.forEach((type, i) => {
        expect(`${expected[i]![0]}: ${typeName(type)}`).toMatch(POLARS[expected[i]![1].type]);
      });
    },
  );

  test('neurons.arrow has a row a neuron, in the order of the model', () => {
    expect(tables.neurons.map(({ layer, neuron }) => [layer, neuron])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
      [1, 2],
      [1, 7],
    ]);
  });

  test('a neuron has its figures, and its extremes with their places', () => {
    const row = tables.neurons[0]!;
    expect(row).toMatchObject({
      group: '',
      count: 6,
      zero_count: 0,
      positive_count: 5,
      active_count: 5,
      active_rate: 5 / 6,
      dead: false,
      min: -3,
      min_document: 0,
      min_window: 0,
      min_position: 2,
      min_token_id: 2,
      max: 9,
      max_document: 2,
      max_position: 0,
      max_token_id: 2,
      near_zero_count: 0,
      clamped_low: 0,
      clamped_high: 0,
    });
    const values = [1, 2, -3, 4, Math.fround(0.001), 9];
    const mean = values.reduce((a, b) => a + b) / 6;
    expect(row['mean']).toBeCloseTo(mean, 12);
    expect(row['variance']).toBeCloseTo(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 6, 12);
  });

  test('equal values have variance 0, and null for skewness and kurtosis', () => {
    expect(tables.neurons[1]).toMatchObject({
      variance: 0,
      std: 0,
      skewness: null,
      kurtosis: null,
      min: 0.5,
    });
  });

  test('NaN and infinities are counted, and a quantile in a clamped bin is null', () => {
    const row = tables.neurons[2]!;
    expect(row).toMatchObject({ nan_count: 1, inf_count: 1, count: 6, max: 200, clamped_high: 1, q99: null });
    expect(row['median']).not.toBeNull();
  });

  test('a neuron without a finite value has null for every figure and place, and is not dead', () => {
    const { nan_count, inf_count, dead, ...row } = tables.neurons[3]!;
    expect([nan_count, inf_count, dead]).toEqual([4, 2, false]);
    const figures = Object.entries(row).filter(([name]) =>
      /^(active_rate|mean|variance|std|skew|kurt|min|max|q\d|median)/.test(name),
    );
    expect(figures).toHaveLength(23);
    for (const [name, value] of figures) expect([name, value]).toEqual([name, null]);
  });

  test('a neuron that is never above zero is dead', () => {
    expect(tables.neurons.map(({ dead }) => dead)).toEqual([false, false, false, false, true, false, true]);
  });

  test('examples stand by neuron, top before bottom, best first', () => {
    const of = (side: string, neuron: number) =>
      tables.examples.filter((row) => row['layer'] === 0 && row['side'] === side && row['neuron'] === neuron);
    expect(of('top', 0).map(({ rank, value }) => [rank, value])).toEqual([
      [0, 9],
      [1, 4],
      [2, 2],
    ]);
    expect(of('bottom', 0).map(({ value }) => value)).toEqual([-3, Math.fround(0.001), 1]);
    expect(of('top', 3)).toEqual([]);
    const order = tables.examples.map(
      (row) => [row['layer'], row['neuron'], row['side'] === 'top' ? 0 : 1, row['rank']] as number[],
    );
    expect(order).toEqual(
      [...order].sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]! || a[3]! - b[3]!),
    );
  });

  test('an example says where it stands, and what stood around it', () => {
    const best = tables.examples.find(
      (row) => row['layer'] === 0 && row['neuron'] === 0 && row['side'] === 'bottom',
    )!;
    expect(best).toEqual({
      group: '',
      layer: 0,
      neuron: 0,
      side: 'bottom',
      rank: 0,
      value: -3,
      document: 0,
      id: null,
      file: 'a.jsonl',
      line: 1,
      byte_offset: 0,
      window: 0,
      position: 2,
      token_index: 1,
      token_id: 2,
      token: ' king',
      char_start: 2,
      char_end: 3,
      context_start: 0,
      context_tokens: ['<s>', 'the', ' king'],
      context_ids: [0, 1, 2],
      context_activations: [1, 2, -3],
    });
  });

  test('a special token has no index and no span; a document is numbered over all files; offsets pass 2^32', () => {
    const best = tables.examples[0]!;
    expect(best).toMatchObject({
      value: 9,
      document: 2,
      id: 'id 2',
      file: 'b é.jsonl',
      line: 3,
      byte_offset: 2 ** 34,
      token_index: null,
      char_start: null,
      char_end: null,
    });
  });

  test('a NaN in a context stays one', () => {
    const row = tables.examples.find((example) => example['neuron'] === 2 && example['value'] === 3)!;
    expect(row['context_activations']).toEqual([NaN, 3, Infinity]);
  });

  test('a histogram’s counts are those of the finite values, its bins ascend', () => {
    for (const neuron of tables.neurons) {
      const bins = tables.histograms.filter(
        (bin) => bin['layer'] === neuron['layer'] && bin['neuron'] === neuron['neuron'],
      );
      const sum = bins.reduce((total, bin) => total + Number(bin['count']), 0);
      expect(sum).toBe(Number(neuron['count']) - Number(neuron['nan_count']) - Number(neuron['inf_count']));
      bins.forEach((bin, i) =>
        expect(Number(bin['lower'])).toBeGreaterThanOrEqual(
          i === 0 ? -Infinity : Number(bins[i - 1]!['upper']),
        ),
      );
    }
  });

  test('a layer’s figures leave out neurons that have none', () => {
    expect(tables.layers).toHaveLength(2);
    const rates = [5 / 6, 1, 3 / 4, 0];
    expect(tables.layers[0]).toMatchObject({
      group: '',
      layer: 0,
      d_model: 2,
      d_mlp: 5,
      activation: 'gelu',
      gated: false,
      neurons: 5,
      dead_count: 1,
      broken_count: 2,
      max: 200,
    });
    expect(tables.layers[0]!['mean_active_rate']).toBeCloseTo(rates.reduce((a, b) => a + b) / 4, 12);
    // Of 6 + 6 + 4 + 0 + 6 finite values, the six zeros are near zero, 200 is clamped; 0.001 is above 2^-11.
    expect(tables.layers[0]!['near_zero_share']).toBeCloseTo(6 / 22, 12);
    expect(tables.layers[0]!['clamped_share']).toBeCloseTo(1 / 22, 12);
    const [a, b] = [0, 2].map((j) => Number(tables.neurons[j]!['kurtosis']));
    expect(tables.layers[0]!['median_kurtosis']).toBeCloseTo((a! + b!) / 2, 12);
    expect(tables.layers[1]).toMatchObject({
      activation: 'relu',
      gated: true,
      d_mlp: 8,
      neurons: 2,
      dead_count: 1,
    });
  });
});

describe('tables', () => {
  test('have tokens null where there is no tokenizer', async () => {
    const folder = path.join(temporary(), 'out');
    await writeProfile(folder, LAYERS, { context: { tokenOf: null } });
    for (const { token, context_tokens, context_ids } of rowsOf(folder, 'examples')) {
      expect([token, context_tokens]).toEqual([null, null]);
      expect(context_ids).not.toHaveLength(0);
    }
  });

  test('have null for a token that the vocabulary has no string for, and text as it is for any other', async () => {
    const folder = path.join(temporary(), 'out');
    const window = Array.from({ length: 10 }, (_, p) => [p]);
    await writeProfile(folder, [madeLayer({ layer: 0, documents: [window] })], {
      context: { tokenOf: (id) => ['a', 'é', '漢字', '😀', '', '\0'][id - 4] ?? null },
    });
    const [last, , third] = rowsOf(folder, 'examples');
    expect([last!['token'], last!['context_tokens']]).toEqual(['\0', ['😀', '', '\0']]);
    expect(third!['context_tokens']).toEqual(['é', '漢字', '😀', '', '\0']);
    const bottom = rowsOf(folder, 'examples').find((row) => row['side'] === 'bottom')!;
    expect([bottom['token'], bottom['context_tokens']]).toEqual([null, [null, null, null]]);
  });

  test('without rows still have their columns', async () => {
    const folder = path.join(temporary(), 'out');
    await writeProfile(folder, [madeLayer({ layer: 0, neurons: [0], documents: [] })]);
    for (const table of ['examples', 'histograms'] as const) {
      const frame = readTable(folder, table);
      expect([frame.height, frame.columns]).toEqual([0, Object.keys(TABLES[table])]);
    }
    expect(rowsOf(folder, 'neurons')).toHaveLength(1);
    expect(rowsOf(folder, 'layers')[0]).toMatchObject({ mean_std: null, max: null, near_zero_share: null });
  });

  test('are the same bytes each time, whatever was written before', async () => {
    const folder = temporary();
    await writeProfile(path.join(folder, 'a'));
    await writeProfile(path.join(folder, 'other'), [LAYERS[1]!]);
    await writeProfile(path.join(folder, 'b'));
    for (const name of [
      'neurons.arrow',
      'examples.arrow',
      'histograms.arrow',
      'layers.arrow',
      'manifest.json',
      'run.json',
    ]) {
      const [a, b] = ['a', 'b'].map((run) => readFileSync(path.join(folder, run, name)));
      expect(a!.equals(b!), name).toBe(true);
    }
  });

  test('are a whole stream behind the magic, as readers that do not seek need', async () => {
    const folder = path.join(temporary(), 'out');
    await writeProfile(folder);
    const stream = readFileSync(path.join(folder, 'examples.arrow')).subarray('ARROW1'.length + 2);
    expect(pl.readIPCStream(stream).height).toBe(rowsOf(folder, 'examples').length);
  });

  test('say in their metadata what each column is', async () => {
    const folder = path.join(temporary(), 'out');
    await writeProfile(folder);
    const { schema } = tableFromIPC(readFileSync(path.join(folder, 'examples.arrow')));
    expect(schema.metadata.get('table')).toBe('examples');
    expect(schema.metadata.get('format_version')).toBe('1.0');
    const offset = schema.fields.find(({ name }) => name === 'byte_offset')!;
    expect([offset.nullable, offset.metadata.get('unit')]).toEqual([false, 'bytes']);
    expect(schema.fields.every(({ metadata }) => metadata.has('description'))).toBe(true);
  });
});

function typeName(type: unknown): string {
  const shown = JSON.stringify(type);
  return `${String(type)} ${shown}`;
}
