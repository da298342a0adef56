import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import pl from 'nodejs-polars';
import { beforeAll, describe, expect, test } from 'vitest';
import { TABLES, type Column, type TableName } from '../../src/profile/format.js';
import { openProfile } from '../../src/profile/open-profile.js';
import { ALL, LAYERS, madeLayer, writeProfile } from '../profile/made.js';
import { manyNeurons } from '../query/many-neurons.js';
import { rowsOf } from '../support/arrow.js';
import { fixture } from '../support/fixtures.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { expectRefusal } from '../support/refusal.js';
import { withRandom } from './with-random.js';

const folder = temporaryDirectory();
const at = (...parts: string[]) => path.join(folder, ...parts);
const TABLE_NAMES = ['neurons', 'examples', 'histograms', 'layers'] as const;

beforeAll(async () => {
  await writeProfile(at('few'));
  await writeProfile(at('many'), manyNeurons());
  await writeProfile(at('no-tokens'), LAYERS, { context: { tokenOf: null } });
  await writeProfile(at('empty'), [madeLayer({ layer: 0, neurons: [0], documents: [] })]);
  await writeProfile(at('topk'), LAYERS, {
    wanted: { ...ALL, neurons: false, histograms: false, layers: false },
  });
  await writeProfile(at('stats'), LAYERS, { wanted: { ...ALL, examples: false } });
  await writeProfile(at('random'), manyNeurons());
  await withRandom(at('random'));
});

/** Runs an export into a folder of its own. */
function exported(profile: string, to: string, ...more: string[]): string {
  const output = `${profile}-as-${to}`;
  const { stdout } = succeed(['export', profile, '--to', to, '-o', output, ...more], { cwd: folder });
  expect(stdout).toContain(`as ${to}: ${output}`);
  return output;
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'object' && value !== null) return Array.from(value as Iterable<unknown>, plain);
  return value;
}

/** NaN and infinities of contexts are null in JSON. */
function inJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inJson);
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

describe('parquet, read by polars', () => {
  const TYPES = {
    bool: 'Bool',
    int32: 'Int32',
    int64: 'Int64',
    float32: 'Float32',
    float64: 'Float64',
    text: 'Utf8|String',
    name: 'Utf8|String',
    texts: 'List.*(Utf8|String)',
    int32s: 'List.*Int32',
    float32s: 'List.*Float32',
  };

  test.each(['few', 'many', 'no-tokens', 'empty'])(
    'has every table of the profile %s, cell by cell',
    (profile) => {
      const output = exported(profile, 'parquet');
      expect(readdirSync(at(output)).sort()).toEqual(
        ['export.json', ...TABLE_NAMES.map((name) => `${name}.parquet`)].sort(),
      );
      for (const table of TABLE_NAMES) {
        const frame = pl.readParquet(at(output, `${table}.parquet`));
        const rows = (frame.toRecords() as Record<string, unknown>[]).map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
        );
        expect(rows).toEqual(rowsOf(at(profile), `${table}.arrow`));
        Object.entries<Column>(TABLES[table]).forEach(([name, { type }], i) => {
          expect(frame.columns[i]).toBe(name);
          expect(`${name} ${typeName(frame.dtypes[i])}`).toMatch(new RegExp(`^${name} .*(${TYPES[type]})`));
        });
      }
    },
  );
});

function typeName(type: unknown): string {
  return JSON.stringify(type) + String(type);
}

describe('csv', () => {
  test.each(['few', 'no-tokens', 'empty'])('has every table of the profile %s, lists as JSON', (profile) => {
    const output = exported(profile, 'csv');
    for (const table of TABLE_NAMES) {
      const columns = Object.entries<Column>(TABLES[table]);
      const text = readFileSync(at(output, `${table}.csv`), 'utf8');
      expect(text).toMatch(/\r\n$/);
      const rows = parseCsv(text);
      expect(rows[0]!.map(({ text: title }) => title)).toEqual(columns.map(([name]) => name));
      const cells = rows
        .slice(1)
        .map((row) =>
          Object.fromEntries(columns.map(([name, column], i) => [name, valueOf(row[i]!, column)])),
        );
      expect(cells).toEqual(
        rowsOf(at(profile), `${table}.arrow`).map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, inJson(value)])),
        ),
      );
    }
  });

  test('is what polars reads too', () => {
    const frame = pl.readCSV(at(exported('many', 'csv'), 'neurons.csv'), { inferSchemaLength: 1000 });
    const rows = rowsOf(at('many'), 'neurons.arrow');
    for (const name of ['group', 'neuron', 'count', 'dead', 'mean', 'kurtosis'])
      expect([...frame.getColumn(name)].map(plain)).toEqual(rows.map((row) => row[name]));
  });
});

interface Cell {
  text: string;
  quoted: boolean;
}

/** RFC 4180, read by hand. */
function parseCsv(text: string): Cell[][] {
  return text
    .split(/\r\n(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .slice(0, -1)
    .map((line) =>
      line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((cell) => ({
        text: cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
        quoted: cell.startsWith('"'),
      })),
    );
}

function valueOf({ text, quoted }: Cell, { type }: Column): unknown {
  if (text === '' && !quoted) return null;
  if (type === 'text' || type === 'name') return text;
  if (type === 'float32s')
    return (JSON.parse(text) as (number | null)[]).map((x) => (x === null ? null : Math.fround(x)));
  return JSON.parse(text);
}

describe('neuronpedia', () => {
  const lines = (...parts: string[]) => {
    const bytes = readFileSync(at(...parts));
    const text = parts.at(-1)!.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString();
    return text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  test('has a source a layer, with all that its import reads', () => {
    const output = exported(
      'many',
      'neuronpedia',
      '--model-id',
      'm',
      '--source-set',
      'mlp',
      '--release',
      'r',
    );
    expect(readdirSync(at(output, 'm')).sort()).toEqual(['0-mlp-decoder', '0-mlp-encoder', '1-mlp-encoder']);
    const source = [output, 'm', '1-mlp-encoder'];
    expect(readdirSync(at(...source)).sort()).toEqual([
      'activations',
      'features',
      'model.jsonl',
      'release.jsonl',
      'source.jsonl',
      'sourceset.jsonl',
    ]);
    expect(lines(...source, 'release.jsonl')).toEqual([expect.objectContaining({ name: 'r' })]);
    expect(lines(...source, 'model.jsonl')).toEqual([
      expect.objectContaining({ id: 'm', layers: 3, neuronsPerLayer: 40, dimension: 2 }),
    ]);
    expect(lines(...source, 'sourceset.jsonl')).toEqual([
      expect.objectContaining({ modelId: 'm', name: 'mlp-encoder', releaseName: 'r' }),
    ]);
    expect(lines(...source, 'source.jsonl')).toEqual([
      expect.objectContaining({ id: '1-mlp-encoder', setName: 'mlp-encoder', modelId: 'm', dataset: '' }),
    ]);
  });

  test('has each neuron’s figures, and its top examples', async () => {
    const output = exported('few', 'neuronpedia', '--model-id', 'm');
    const source = [output, 'm', '0-mlp-post'];
    const features = lines(...source, 'features', 'batch-0.jsonl.gz');
    const profile = await openProfile(at('few'));
    const neurons = [...profile.neurons()].filter(({ layer }) => layer === 0);
    expect(features.map(({ index }) => index)).toEqual(['0', '1', '2', '3', '4']);
    features.forEach((feature, i) => {
      const { count, nan_count, inf_count, zero_count, max } = neurons[i]!;
      const finite = count - nan_count - inf_count;
      expect(feature).toMatchObject({
        layer: '0-mlp-post',
        maxActApprox: max ?? 0,
        frac_nonzero: finite === 0 ? 0 : (finite - zero_count) / finite,
        pos_str: [],
      });
      const heights = feature['freq_hist_data_bar_heights'] as number[];
      expect(heights.reduce((a, b) => a + b, 0)).toBeCloseTo(neurons[i]!.positive_count, 9);
    });
    const activations = lines(...source, 'activations', 'batch-0.jsonl.gz');
    const expected = [...neurons].flatMap((neuron) =>
      profile
        .examplesOf(neuron, 'top')
        .filter(({ context_activations }) => context_activations.every(Number.isFinite)),
    );
    expect(activations).toHaveLength(expected.length);
    expect(new Set(activations.map(({ id }) => id)).size).toBe(expected.length);
    activations.forEach((row, i) => {
      const { neuron, context_activations, position, context_start, document, file } = expected[i]!;
      const values = row['values'] as number[];
      expect(values.map(Math.fround)).toEqual([...context_activations]);
      expect(row).toMatchObject({
        index: String(neuron),
        modelId: 'm',
        layer: '0-mlp-post',
        maxValue: Math.max(...values),
        minValue: Math.min(...values),
        qualifyingTokenIndex: position - context_start,
        dataIndex: String(document),
        dataSource: file,
        binMin: -1,
      });
      expect(values[row['maxValueTokenIndex'] as number]).toBe(row['maxValue']);
      expect(row['tokens']).toHaveLength(values.length);
      expect(row['id']).toMatch(/^c[0-9a-f]{24}$/);
    });
  });

  test('says which examples and fields are left out', () => {
    const { stderr } = succeed(['export', 'few', '--to', 'neuronpedia', '-o', 'noted'], { cwd: folder });
    expect(stderr).toContain('1 example is left out: a NaN or an infinity');
    expect(stderr).toContain('logits');
  });

  test('writes batches of 128 neurons', async () => {
    const row = Array.from({ length: 300 }, (_, j) => j + 1);
    await writeProfile(at('wide'), [madeLayer({ layer: 4, documents: [[row, row]] })]);
    const output = exported('wide', 'neuronpedia', '--model-id', 'm');
    const sizes = [0, 1, 2].map(
      (n) => lines(output, 'm', '4-mlp-post', 'features', `batch-${n}.jsonl.gz`).length,
    );
    expect(sizes).toEqual([128, 128, 44]);
    const last = lines(output, 'm', '4-mlp-post', 'activations', 'batch-2.jsonl.gz');
    expect(last[0]).toMatchObject({ index: '256', maxValue: 257 });
  });
});

describe('neuron-record', () => {
  interface NeuronRecord {
    [field: string]: unknown;
    random_sample: { activations: number[] }[];
    random_sample_by_quantile: { activations: number[]; tokens: string[] }[][];
    quantile_boundaries: number[];
    most_positive_activation_records: { activations: number[] }[];
  }

  test('has a file a neuron, as neuron_explainer’s fast_dataclasses reads them', async () => {
    const output = exported('random', 'neuron-record');
    expect(readdirSync(at(output)).sort()).toEqual(['decoder', 'encoder', 'export.json']);
    expect(readdirSync(at(output, 'encoder', '1'))).toHaveLength(40);
    const profile = await openProfile(at('random'));
    let records = 0;
    for (const row of profile.neurons()) {
      const { group, layer, neuron, mean, variance, skewness, kurtosis } = row;
      const record = JSON.parse(
        readFileSync(at(output, group, String(layer), `${neuron}.json`), 'utf8'),
      ) as NeuronRecord;
      expect(Object.keys(record).sort()).toEqual(
        [
          'dataclass_name',
          'neuron_id',
          'random_sample',
          'random_sample_by_quantile',
          'quantile_boundaries',
          'mean',
          'variance',
          'skewness',
          'kurtosis',
          'most_positive_activation_records',
        ].sort(),
      );
      expect(record).toMatchObject({
        dataclass_name: 'NeuronRecord',
        neuron_id: { dataclass_name: 'NeuronId', layer_index: layer, neuron_index: neuron },
        mean,
        variance,
        skewness,
        kurtosis,
      });
      const clean = (side: string) =>
        profile
          .examplesOf(row, side as 'top')
          .filter(({ context_activations }) => context_activations.every(Number.isFinite));
      const activations = (list: { activations: number[] }[]) =>
        list.map((entry) => entry.activations.map(Math.fround));
      const expected = (side: string) =>
        clean(side).map(({ context_activations }) => [...context_activations]);
      expect(activations(record.most_positive_activation_records)).toEqual(expected('top'));
      expect(activations(record.random_sample)).toEqual(expected('random'));
      records += record.random_sample.length;
      if (record.random_sample_by_quantile === null) {
        expect([expected('band'), record.quantile_boundaries]).toEqual([[], null]);
        continue;
      }
      // What is in a band fired between its boundaries, the one nearer 0 included, and nothing is lost.
      const edges = [-Infinity, ...record.quantile_boundaries, Infinity];
      expect(edges).toHaveLength(record.random_sample_by_quantile.length + 1);
      expect([...edges].sort((a, b) => a - b)).toEqual(edges);
      const inBands = record.random_sample_by_quantile.flat();
      expect(activations(inBands).sort()).toEqual(expected('band').sort());
      for (const example of clean('band')) {
        const band =
          edges.findIndex((edge) => example.value < edge || (edge < 0 && example.value === edge)) - 1;
        expect(activations(record.random_sample_by_quantile[band]!)).toContainEqual([
          ...example.context_activations,
        ]);
      }
    }
    expect(records).toBeGreaterThan(100);
  });

  test('has the bands that a run sampled: what is near zero is one, and none ends nearer', () => {
    const run = [
      'profile',
      fixture('llama-shakespeare'),
      fixture('speeches.jsonl'),
      '-o',
      'banded',
      '--quiet',
    ];
    succeed([...run, '--limit', '60', '--neurons', 'L0.N0-9', '--examples', 'random,bands=2', '--no-html'], {
      cwd: folder,
    });
    const output = exported('banded', 'neuron-record');
    for (let neuron = 0; neuron < 10; neuron++) {
      const record = JSON.parse(readFileSync(at(output, '0', `${neuron}.json`), 'utf8')) as NeuronRecord;
      const { random_sample_by_quantile: bands, quantile_boundaries: boundaries } = record;
      expect(Math.min(...boundaries.map(Math.abs))).toBe(2 ** -11);
      // Of a narrow neuron's many tokens only the outermost octaves may have one alone.
      expect(bands.slice(2, -2).map(({ length }) => length)).toEqual(bands.slice(2, -2).map(() => 2));
    }
  });

  test('says how many neurons have too few records to be explained', () => {
    const { stderr } = succeed(['export', 'random', '--to', 'neuron-record', '-o', 'few-records'], {
      cwd: folder,
    });
    expect(stderr).toMatch(/120 of 120 neurons have fewer than 4 top or 3 random records/);
  });
});

describe('an export', () => {
  test('is never put over another without --force, nor over anything else', () => {
    mkdirSync(at('place'));
    const args = ['export', 'few', '--to', 'csv', '-o', 'place'];
    succeed(args, { cwd: folder }); // an empty folder is no obstacle
    expectRefusal(folder, args, 73, ['there is an export already', '--force']);
    const parquet = ['export', 'few', '--to', 'parquet', '-o', 'place', '--force'];
    succeed(parquet, { cwd: folder });
    expect(existsSync(at('place', 'neurons.csv'))).toBe(false);
    expect(existsSync(at('place', 'neurons.parquet'))).toBe(true);
    mkdirSync(at('mine'));
    writeFileSync(at('mine', 'thesis.tex'), 'ten years');
    expectRefusal(folder, ['export', 'few', '--to', 'csv', '-o', 'mine', '--force'], 73, ['not an export']);
    expectRefusal(folder, ['export', 'few', '--to', 'csv', '-o', 'few', '--force'], 73, ['not an export']);
    expectRefusal(folder, ['export', 'few', '--to', 'csv', '-o', 'few/csv'], 73, ['inside a profile']);
    expectRefusal(folder, ['export', 'few', '--to', 'csv', '-o', 'none/csv'], 73, ['no directory']);
    expectRefusal(folder, ['export', 'few', '--to', 'csv', '-o', 'mine/thesis.tex', '--force'], 73, [
      'file in the way',
    ]);
  });

  test('is the same bytes each time', () => {
    for (const to of ['parquet', 'csv', 'neuronpedia']) {
      const files = ['a', 'b'].map((name) => {
        const output = `again-${to}-${name}`;
        succeed(['export', 'many', '--to', to, '-o', output], { cwd: folder });
        return readdirSync(at(output), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => [
            entry.name,
            readFileSync(path.join(entry.parentPath, entry.name)).toString('base64'),
          ]);
      });
      expect(files[0]).toEqual(files[1]);
    }
  });

  test('that cannot be leaves nothing behind, and what was there', () => {
    succeed(['export', 'few', '--to', 'csv', '-o', 'kept'], { cwd: folder });
    const file = at('broken');
    return writeProfile(file).then(() => {
      const table = path.join(file, 'histograms.arrow');
      writeFileSync(table, Buffer.concat([readFileSync(table), Buffer.from('x')]));
      expectRefusal(folder, ['export', 'broken', '--to', 'parquet', '-o', 'kept', '--force'], 65, [
        'damaged',
        'histograms.arrow',
      ]);
      expect(readdirSync(folder).filter((name) => /\.(tmp|old)-/.test(name))).toEqual([]);
    });
  });

  test.each<[given: string, args: string[], exit: number, says: string[]]>([
    ['delphi', ['few', '--to', 'delphi', '-o', 'x'], 65, ['every activation', '--dump delphi']],
    [
      'records without a random sample',
      ['few', '--to', 'neuron-record', '-o', 'x'],
      65,
      ['random examples', '--examples random,bands'],
    ],
    [
      'records of a profile without examples',
      ['stats', '--to', 'neuron-record', '-o', 'x'],
      65,
      ['has none', 'examples.arrow'],
    ],
    [
      'neuronpedia without figures',
      ['topk', '--to', 'neuronpedia', '-o', 'x'],
      65,
      ['figures', 'neurons.arrow'],
    ],
    ['no such format', ['few', '--to', 'xlsx', '-o', 'x'], 2, ['parquet, csv, neuronpedia']],
    [
      'a model id that would be a path',
      ['few', '--to', 'neuronpedia', '-o', 'x', '--model-id', '../x'],
      2,
      ['--model-id'],
    ],
    ['no such profile', ['none', '--to', 'csv', '-o', 'x'], 66, ['no such directory']],
  ])('refuses %s', (_, args, exit, says) => {
    expectRefusal(folder, ['export', ...args], exit, says);
  });
});

test('a table that a profile lacks is not exported', () => {
  const tables = (profile: string): TableName[] =>
    readdirSync(at(exported(profile, 'parquet'))).flatMap((name) =>
      name.endsWith('.parquet') ? [name.slice(0, -8) as TableName] : [],
    );
  expect(tables('topk')).toEqual(['examples']);
  expect(tables('stats').sort()).toEqual(['histograms', 'layers', 'neurons']);
});
