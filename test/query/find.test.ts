import { readFileSync } from 'node:fs';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import pl from 'nodejs-polars';
import { beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { formatNeuron } from '../../src/core/neuron-name.js';
import { openProfile } from '../../src/profile/open-profile.js';
import { mostSelective } from '../../src/profile/selectivity.js';
import type { Value } from '../../src/query/evaluate.js';
import { findNeurons, type FoundColumn } from '../../src/query/find-neurons.js';
import { foundArrow } from '../../src/query/found-arrow.js';
import { foundCsv } from '../../src/query/found-csv.js';
import { foundJson } from '../../src/query/found-json.js';
import { OWN_COLUMNS, QUERY_COLUMNS } from '../../src/query/neuron-columns.js';
import { textWidth } from '../../src/report/text-width.js';
import { ALL, LAYERS, writeProfile } from '../profile/made.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { expectRefusal } from '../support/refusal.js';
import { manyNeurons } from './many-neurons.js';

const folder = temporaryDirectory();
const few = path.join(folder, 'few');
const many = path.join(folder, 'many');
const topk = path.join(folder, 'topk');
let profiles: Record<'few' | 'many', Awaited<ReturnType<typeof openProfile>>>;

beforeAll(async () => {
  await writeProfile(few);
  await writeProfile(many, manyNeurons());
  await writeProfile(topk, LAYERS, { wanted: { ...ALL, neurons: false, histograms: false, layers: false } });
  profiles = { few: await openProfile(few), many: await openProfile(many) };
});

function names(where: string | null, sort: string[] = [], of: 'few' | 'many' = 'few'): Value[] {
  return findNeurons(profiles[of], { where, sort, columns: ['name'], limit: null }).rows.map(
    ([name]) => name!,
  );
}

// Of layer 0: L0.N0 ordinary, N1 constant, N2 has NaN and an infinity, N3 nothing finite, N4 all zero; of
// layer 1: L1.N2 is 1 to 5, L1.N7 is −1 to −5.
describe('find', () => {
  test.each<[expression: string, found: string[]]>([
    ['dead', ['L0.N4', 'L1.N7']],
    ['not dead and layer = 1', ['L1.N2']],
    ['layer = 1 or neuron = 0 and not dead', ['L0.N0', 'L1.N2', 'L1.N7']],
    ['(layer = 1 or neuron = 0) and not dead', ['L0.N0', 'L1.N2']],
    ['NOT layer = 0', ['L1.N2', 'L1.N7']],
    ['dead = true', ['L0.N4', 'L1.N7']],
    ['mean is null', ['L0.N3']],
    ['kurtosis is not null and layer = 0', ['L0.N0', 'L0.N2']],
    ['kurtosis < 1e9 and layer = 0', ['L0.N0', 'L0.N2']],
    ['kurtosis != 0 and layer = 0', ['L0.N0', 'L0.N2']],
    ['not kurtosis < 1e9', ['L0.N1', 'L0.N3', 'L0.N4']],
    ['max > 8 and max < 10', ['L0.N0']],
    ['std = 0', ['L0.N1', 'L0.N4']],
    ['max / std > 0', ['L0.N0', 'L0.N2', 'L1.N2']],
    ['max / std is null', ['L0.N1', 'L0.N3', 'L0.N4']],
    ['active_rate = 100%', ['L0.N1', 'L1.N2']],
    ['active_rate < 8.4e+1% and active_rate > .5', ['L0.N0', 'L0.N2']],
    ['nan_count + inf_count > 0', ['L0.N2', 'L0.N3']],
    ['abs(min) = 3 * 2 / 2', ['L0.N0']],
    ['-min = 5', ['L1.N7']],
    ['2 + 3 * 2 = 8 and 7 - 2 - 1 = 4 and neuron = 0', ['L0.N0']],
    ['neuron in (2, 2 + 5) and layer in (1)', ['L1.N2', 'L1.N7']],
    ['neuron not in (0, 1, 2, 3, 4)', ['L1.N7']],
    ["activation = 'gelu' and neuron < 2", ['L0.N0', 'L0.N1']],
    ['activation = "relu" and gated and d_mlp = 8', ['L1.N2', 'L1.N7']],
    ['max = layers.max', ['L0.N2', 'L1.N2']],
    ["name == 'L1.N7'", ['L1.N7']],
    ["group <> ''", []],
  ])('%s', (expression, found) => {
    expect(names(expression)).toEqual(found);
  });

  test('has every neuron where nothing is asked, in the order of the model', () => {
    expect(names(null)).toEqual(['L0.N0', 'L0.N1', 'L0.N2', 'L0.N3', 'L0.N4', 'L1.N2', 'L1.N7']);
  });

  test('sorts by several keys, nulls last whichever way, and leaves equals in the order of the model', () => {
    expect(names(null, ['kurtosis'])).toEqual([
      'L1.N2',
      'L1.N7',
      'L0.N2',
      'L0.N0',
      'L0.N1',
      'L0.N3',
      'L0.N4',
    ]);
    expect(names(null, ['-kurtosis'])).toEqual([
      'L0.N0',
      'L0.N2',
      'L1.N2',
      'L1.N7',
      'L0.N1',
      'L0.N3',
      'L0.N4',
    ]);
    expect(names(null, ['-layer', '-neuron'])).toEqual(names(null).reverse());
    expect(names(null, ['-dead', '-abs(max) / 2'])).toEqual([
      'L1.N7',
      'L0.N4',
      'L0.N2',
      'L0.N0',
      'L1.N2',
      'L0.N1',
      'L0.N3',
    ]);
  });

  test('whatever the keys: the same neurons, in order by them, equals as in the model', () => {
    const model = new Map(names(null, [], 'many').map((name, place) => [name, place]));
    const key = fc.constantFrom(
      'group',
      'dead',
      'mean',
      'kurtosis',
      'active_count',
      'max / min',
      'min_position',
    );
    const keys = fc.array(fc.tuple(key, fc.constantFrom('', '-')), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(keys, (chosen) => {
        const columns = ['name', ...chosen.map(([name]) => name)];
        const sort = chosen.map(([name, sign]) => `${sign}${name}`);
        const { rows } = findNeurons(profiles.many, { where: null, sort, columns, limit: null });
        expect(new Set(rows.map(([name]) => name))).toEqual(new Set(model.keys()));
        for (let i = 1; i < rows.length; i++) {
          const [a, b] = [rows[i - 1]!, rows[i]!];
          const differs = chosen.findIndex((_, k) => a[k + 1] !== b[k + 1]);
          if (differs < 0) expect(model.get(a[0]!)).toBeLessThan(model.get(b[0]!)!);
          else {
            const [x, y] = [a[differs + 1]!, b[differs + 1]!];
            expect(x !== null && (y === null || (chosen[differs]![1] === '-' ? x > y : x < y))).toBe(true);
          }
        }
      }),
    );
  });

  test('knows the most selective neurons as the report does', () => {
    const best = mostSelective(manyNeurons(), 10).map(formatNeuron);
    expect(best.length).toBeGreaterThan(2);
    expect(names('selectivity is not null', ['-selectivity'], 'many').slice(0, 10)).toEqual(best);
  });

  test('says how many there are, whatever the limit', () => {
    const { rows, matched, of } = findNeurons(profiles.few, {
      where: 'layer = 0',
      sort: [],
      columns: ['name'],
      limit: 2,
    });
    expect([rows.length, matched, of]).toEqual([2, 5, 7]);
  });
});

describe('what is found', () => {
  const text: FoundColumn = { title: 'a "b", c', type: 'text', unit: '', says: '', null: '' };
  const int64: FoundColumn = { title: 'n', type: 'int64', unit: '', says: '' };
  const rows: Value[][] = [
    ['x,\r\n"y"', 2n ** 60n + 1n],
    [null, 0],
    ['', -1],
  ];

  test('is JSON with null for null and every digit of an integer', () => {
    const json = foundJson({ columns: [text, int64], rows });
    expect(json).toContain('"n": 1152921504606846977}');
    expect(JSON.parse(json)).toEqual([
      { 'a "b", c': 'x,\r\n"y"', n: 2 ** 60 },
      { 'a "b", c': null, n: 0 },
      { 'a "b", c': '', n: -1 },
    ]);
    expect(foundJson({ columns: [text], rows: [] })).toBe('[]');
  });

  test('is never JSON that no reader takes', () => {
    expect(() => foundJson({ columns: [int64], rows: [[Infinity]] })).toThrow(RangeError);
  });

  test('is CSV of RFC 4180, a null apart from an empty text', () => {
    expect(foundCsv({ columns: [text, int64], rows })).toBe(
      '"a ""b"", c",n\r\n"x,\r\n""y""",1152921504606846977\r\n,0\r\n"",-1\r\n',
    );
  });

  test('is Arrow that polars reads, of the types of neurons.arrow', () => {
    const found = findNeurons(profiles.few, {
      where: null,
      sort: [],
      columns: [...OWN_COLUMNS, 'max / std', 'dead and layer = 0'],
      limit: null,
    });
    const frame = pl.readIPC(Buffer.from(foundArrow(found)));
    const own = pl.readIPC(readFileSync(path.join(few, 'neurons.arrow')));
    const theirs = own.columns.map((name, i) => `${name} ${String(own.dtypes[i])}`);
    expect(frame.columns.map((name, i) => `${name} ${String(frame.dtypes[i])}`).slice(1, -2)).toEqual(theirs);
    expect(
      frame
        .select(...own.columns)
        .withColumn(pl.col('group').cast(pl.Utf8))
        .rows(),
    ).toEqual(own.withColumn(pl.col('group').cast(pl.Utf8)).rows());
    expect(frame.getColumn('dead and layer = 0').toArray()).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
    expect(frame.getColumn('max / std').toArray()[3]).toBeNull();
  });

  test('is Arrow also where it is nothing, and keeps integers beyond 2^53', () => {
    const none = pl.readIPC(Buffer.from(foundArrow({ columns: [text, int64], rows: [] })));
    expect([none.height, none.columns]).toEqual([0, ['a "b", c', 'n']]);
    const table = tableFromIPC(foundArrow({ columns: [text, int64], rows }));
    expect([...table.getChild('n')!]).toEqual([2n ** 60n + 1n, 0n, -1n]);
  });
});

describe('an expression that cannot be', () => {
  test.each<[expression: string, says: string[]]>([
    [
      'layer = 3 and kurtsis > 20',
      [
        'no column "kurtsis"',
        'column 15 of the expression: layer = 3 and ⟨kurtsis⟩ > 20',
        'did you mean kurtosis?',
      ],
    ],
    ['é > 1', ['"é" means nothing', '⟨é⟩ > 1']],
    ['layer', ['no condition', '⟨layer⟩']],
    ['', ['empty']],
    ['layer = 3 kurtosis', ['"kurtosis" does not fit', 'layer = 3 ⟨kurtosis⟩']],
    ['(layer = 3', ['ends too soon', 'close it with )']],
    ['layer = 3)', ['")" does not fit']],
    ['layer = ', ['ends too soon', 'layer = ⟨⟩']],
    ['layer = null', ['null is not a value', 'is null']],
    ['layer is 3', ['"3" does not fit', 'null']],
    ['1 < max < 3', ['cannot be compared', '1 < max ⟨<⟩ 3']],
    ["layer = '3'", ['needs a number', "layer = ⟨'3'⟩", 'without quotes']],
    ['group = encoder', ['no column "encoder"', 'quotes']],
    ["group < 'x'", ['< compares numbers']],
    ["'encoder", ['not closed']],
    ['max && dead', ['"&" means nothing', 'write and']],
    ['not max', ['not needs true or false']],
    ['dead + 1 > 1', ['+ needs a number', '⟨dead⟩']],
    ['max > 1e999', ['is not a number']],
    ['max > 3x', ['"3x" is not a number']],
    ['sqrt(max) > 1', ['no function sqrt', 'abs']],
    ['max in 3', ['a list']],
  ])('%s', (where, says) => {
    expect.assertions(says.length + 1);
    try {
      findNeurons(profiles.few, { where, sort: [], columns: [], limit: null });
    } catch (error) {
      expect(error instanceof UserError && error.exit).toBe(2);
      for (const words of says) expect(String(error)).toContain(words);
    }
  });

  test.each([
    ['deep', `${'('.repeat(500)}dead${')'.repeat(500)}`],
    ['deep', `${'not '.repeat(500)}dead`],
    ['more than 2000 words', `dead${' or dead'.repeat(2000)}`],
  ])('is told before the stack is full: %s', (says, where) => {
    expect(() => names(where)).toThrow(says);
    expect(names(`dead${' or dead'.repeat(900)}`)).toEqual(['L0.N4', 'L1.N7']);
  });
});

describe('neuroprobe find', () => {
  test('prints a table, and on stderr how many there are', () => {
    const { stdout, stderr } = succeed(['find', 'few', 'layer = 0 and not dead', '--sort', '-max,neuron'], {
      cwd: folder,
    });
    expect(stdout.split('\n').map((line) => line.split(/ +/)[0])).toEqual([
      'name',
      'L0.N2',
      'L0.N0',
      'L0.N1',
      'L0.N3',
      '',
    ]);
    expect(stdout.split('\n')[0]).toMatch(/^name +max +dead +active_rate +mean/);
    expect(stderr).toBe('neuroprobe: 4 of 7 neurons match\n');
    for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(100);
  });

  test('prints fifty rows of a long table, all in other formats, and says so', () => {
    const { stdout, stderr } = succeed(['find', 'many', '--columns', 'name, mean'], { cwd: folder });
    expect(stdout.trimEnd().split('\n')).toHaveLength(51);
    expect(stderr).toBe('neuroprobe: 120 of 120 neurons match; the first 50 are given (--limit)\n');
    expect(JSON.parse(succeed(['find', 'many', '--format', 'json'], { cwd: folder }).stdout)).toHaveLength(
      120,
    );
  });

  test('gives json, csv and arrow of the same rows', () => {
    const args = ['find', 'few', 'layer = 1', '--columns', 'name,max,max/std'];
    const json = succeed([...args, '--format', 'json'], { cwd: folder }).stdout;
    const rows = JSON.parse(json) as Record<string, unknown>[];
    expect(rows).toEqual([
      { name: 'L1.N2', max: 5, 'max/std': 5 / Math.sqrt(2) },
      { name: 'L1.N7', max: -1, 'max/std': -1 / Math.sqrt(2) },
    ]);
    const csv = succeed([...args, '--format', 'csv'], { cwd: folder }).stdout;
    expect(pl.readCSV(csv).toRecords()).toEqual(rows);
    const { code } = neuroprobe([...args, '--format', 'arrow'], { cwd: folder });
    expect(code).toBe(0);
  });

  test('ends with 0 where nothing is found, and says so', () => {
    const { stdout, stderr } = succeed(['find', 'few', 'layer = 9'], { cwd: folder });
    expect([stdout, stderr]).toEqual(['', 'neuroprobe: no neuron matches; 7 neurons were looked at\n']);
    expect(succeed(['find', 'few', 'layer = 9', '--format', 'json'], { cwd: folder }).stdout).toBe('[]\n');
  });

  test('lists every column in its help', () => {
    const { stdout } = succeed(['find', '--help']);
    for (const name of QUERY_COLUMNS.keys())
      expect(stdout).toMatch(new RegExp(`\\b${name.replace('.', '\\.')}\\b`));
  });

  test.each<[given: string, args: string[], exit: number, says: string[]]>([
    [
      'a name that is none',
      ['few', 'layer = 3 and kurtsis > 20'],
      2,
      ['column 15 of', '⟨kurtsis⟩', 'did you mean'],
    ],
    ['what would drive the terminal', ['few', '\u001b[31mdead'], 2, ['\\x1b']],
    ['a sort key that is none', ['few', 'dead', '--sort', '-mxa'], 2, ['no column "mxa"', 'did you mean']],
    ['a list with nothing at one place', ['few', '--columns', 'max,,min'], 2, ['names no column']],
    ['no such format', ['few', '--format', 'xml'], 2, ['table, json, csv, arrow']],
    ['a limit of nothing', ['few', '--limit', '0'], 2, ['--limit']],
    ['a profile of topk', ['topk', 'dead'], 65, ['no figures', 'neuroprobe profile, or stats']],
    ['no such profile', ['none', 'dead'], 66, ['no such directory']],
  ])('refuses %s', (_, args, exit, says) => {
    expectRefusal(folder, ['find', ...args], exit, says);
  });
});
