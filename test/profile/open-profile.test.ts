import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { openProfile } from '../../src/profile/open-profile.js';
import type { Manifest } from '../../src/profile/types.js';
import { beginProfile } from '../../src/profile/write-profile.js';
import { contextOf, draftOf, LAYERS, madeLayer, temporary, writeProfile } from './made.js';

async function written(...args: [layers?: typeof LAYERS, options?: Parameters<typeof writeProfile>[2]]) {
  const folder = path.join(temporary(), 'out');
  await writeProfile(folder, ...args);
  return folder;
}

async function failure(act: () => unknown): Promise<UserError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a profile that is opened', () => {
  test('gives neurons by name and in order', async () => {
    const profile = await openProfile(await written());
    const rows = [...profile.neurons()];
    expect(rows.map(({ layer, neuron }) => `L${layer}.N${neuron}`)).toEqual([
      'L0.N0',
      'L0.N1',
      'L0.N2',
      'L0.N3',
      'L0.N4',
      'L1.N2',
      'L1.N7',
    ]);
    for (const row of rows) expect(profile.neuron(row)).toEqual(row);
    expect(profile.neuron({ group: '', layer: 1, neuron: 7 })).toMatchObject({
      max: -1,
      min: -5,
      dead: true,
      count: 5,
    });
  });

  test('has null for a neuron, and no rows, where there is none', async () => {
    const profile = await openProfile(await written());
    const ids = [
      { group: '', layer: 0, neuron: 5 },
      { group: '', layer: 1, neuron: 0 },
      { group: '', layer: 1, neuron: 3 },
      { group: '', layer: 2, neuron: 0 },
      { group: 'encoder', layer: 0, neuron: 0 },
    ];
    for (const id of ids) {
      expect(profile.neuron(id)).toBeNull();
      expect(profile.examplesOf(id, 'top')).toEqual([]);
      expect(profile.histogramOf(id)).toEqual([]);
    }
  });

  test('gives a neuron’s examples, best first, with what a renderer needs', async () => {
    const profile = await openProfile(await written());
    const [first, second] = profile.examplesOf({ group: '', layer: 1, neuron: 2 }, 'top');
    expect(first).toMatchObject({
      value: 5,
      document: 1,
      id: 'id 1',
      file: 'a.jsonl',
      line: 2,
      position: 0,
      token_index: null,
      byte_offset: 2 ** 33,
    });
    expect(second).toMatchObject({
      value: 4,
      position: 3,
      context_start: 1,
      context_tokens: ['the', ' king', 'é'],
    });
    expect([...second!.context_ids]).toEqual([1, 2, 3]);
    expect([...second!.context_activations]).toEqual([2, 3, 4]);
    const bottom = profile.examplesOf({ group: '', layer: 1, neuron: 7 }, 'bottom');
    expect(bottom.map(({ value }) => value)).toEqual([-5, -4, -3]);
  });

  test('gives the positions of each neuron’s top examples', async () => {
    const profile = await openProfile(await written());
    expect(Array.from(profile.topPlaces(), ({ positions }) => positions)).toEqual([
      [0, 0, 1],
      [0, 1, 2],
      [1, 1, 0],
      [0, 1, 2],
      [0, 3, 2],
      [0, 1, 2],
    ]);
  });

  test('gives layers and histograms', async () => {
    const profile = await openProfile(await written());
    expect([...profile.layers()].map(({ layer, neurons, gated }) => [layer, neurons, gated])).toEqual([
      [0, 5, false],
      [1, 2, true],
    ]);
    const half = { lower: 0.5, upper: 0.53125, count: 6 };
    expect(profile.histogramOf({ group: '', layer: 0, neuron: 1 })).toEqual([half]);
  });

  test('tells groups apart', async () => {
    const documents = (x: number) => [[[x], [2 * x]]];
    const layers = [
      madeLayer({ group: 'encoder', layer: 0, documents: documents(1) }),
      madeLayer({ group: 'decoder', layer: 0, documents: documents(10) }),
    ];
    const profile = await openProfile(await written(layers));
    expect(profile.neuron({ group: 'encoder', layer: 0, neuron: 0 })!.max).toBe(2);
    expect(profile.neuron({ group: 'decoder', layer: 0, neuron: 0 })!.max).toBe(20);
    expect(profile.examplesOf({ group: 'decoder', layer: 0, neuron: 0 }, 'top')[0]!.value).toBe(20);
  });

  test('finds the rows of every neuron over many record batches', async () => {
    // Contexts so long that few rows fit in one batch.
    const wide = (side: NonNullable<(typeof LAYERS)[number]['examples']['top']>) => {
      const width = 2 ** 20;
      const total = side.value.length;
      const spread = <A extends Int32Array | Float32Array>(from: A, into: A) => {
        for (let i = 0; i < total; i++)
          into.set(from.subarray(i * side.width, (i + 1) * side.width), i * width);
        return into;
      };
      return {
        ...side,
        width,
        contextIds: spread(side.contextIds, new Int32Array(total * width)),
        contextActivations: spread(side.contextActivations, new Float32Array(total * width)),
      };
    };
    const small = LAYERS[1]!;
    const { top, bottom } = small.examples;
    const profile = await openProfile(
      await written([{ ...small, examples: { ...small.examples, top: wide(top!), bottom: wide(bottom!) } }]),
    );
    const plain = await openProfile(await written([small]));
    for (const neuron of [2, 7]) {
      for (const side of ['top', 'bottom'] as const) {
        const id = { group: '', layer: 1, neuron };
        expect(profile.examplesOf(id, side)).toEqual(plain.examplesOf(id, side));
        expect(profile.examplesOf(id, side)).toHaveLength(3);
      }
    }
    expect([...profile.topPlaces()]).toEqual([...plain.topPlaces()]);
  });

  test('without a table says so and gives no rows', async () => {
    const wanted = { neurons: false, examples: true, histograms: false, layers: false };
    const profile = await openProfile(await written(LAYERS, { wanted }));
    expect([profile.has('neurons'), profile.has('examples')]).toEqual([false, true]);
    expect(profile.neuron({ group: '', layer: 0, neuron: 0 })).toBeNull();
    expect([...profile.neurons(), ...profile.layers()]).toEqual([]);
    expect(Object.keys(profile.manifest.files)).toEqual(['examples.arrow', 'report.txt']);
  });

  test('is, while it is written, the same as afterwards', async () => {
    const output = path.join(temporary(), 'out');
    const writer = await beginProfile(output, { force: false });
    await writer.writeTables(LAYERS, contextOf(LAYERS), {
      neurons: true,
      examples: true,
      histograms: true,
      layers: true,
    });
    const draft = writer.draft(draftOf(LAYERS));
    const rows = [[...draft.neurons()], [...draft.layers()], [...draft.topPlaces()]];
    await writer.finish(draft.manifest, {});
    const after = await openProfile(output);
    expect([[...after.neurons()], [...after.layers()], [...after.topPlaces()]]).toEqual(rows);
  });
});

describe('manifest.json', () => {
  test('holds the sha256 of every other file but run.json, and last that of its own bytes before that field', async () => {
    const folder = await written();
    const text = readFileSync(path.join(folder, 'manifest.json'), 'utf8');
    const { files, sha256 } = JSON.parse(text) as Manifest;
    expect(Object.keys(files)).toEqual([
      'examples.arrow',
      'histograms.arrow',
      'layers.arrow',
      'neurons.arrow',
      'report.txt',
    ]);
    const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
    for (const [name, expected] of Object.entries(files))
      expect(hash(readFileSync(path.join(folder, name)))).toBe(expected);
    expect(text.endsWith(`,\n  "sha256": "${sha256}"\n}\n`)).toBe(true);
    expect(hash(text.slice(0, text.lastIndexOf('"sha256"')))).toBe(sha256);
    const run = readFileSync(path.join(folder, 'run.json'), 'utf8');
    expect(hash(run.slice(0, run.lastIndexOf('"sha256"')))).toBe((JSON.parse(run) as Manifest).sha256);
  });

  test('with any bit flipped is refused (65)', async () => {
    const folder = await written();
    const file = path.join(folder, 'manifest.json');
    const whole = readFileSync(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length * 8 - 1), async (bit) => {
        const bytes = Buffer.from(whole);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        writeFileSync(file, bytes);
        expect((await failure(() => openProfile(folder))).exit).toBe(65);
      }),
    );
  });

  test('cut short is refused (65)', async () => {
    const folder = await written();
    const file = path.join(folder, 'manifest.json');
    for (const left of [0, 1, 100, -1]) {
      await writeProfile(folder, LAYERS, { force: true }).catch(() => {});
      writeFileSync(file, readFileSync(file).subarray(0, left));
      expect((await failure(() => openProfile(folder))).exit).toBe(65);
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what cannot be opened', () => {
  test('is no such directory (66)', async () => {
    const error = await failure(() => openProfile(path.join(temporary(), 'none')));
    expect([error.exit, error.trouble.what]).toEqual([66, 'there is no such directory']);
  });

  test('is a directory or a file that is not a profile (65)', async () => {
    const folder = temporary();
    expect((await failure(() => openProfile(folder))).trouble.what).toMatch(/not a profile/);
    writeFileSync(path.join(folder, 'manifest.json'), '{"name": "an app"}');
    expect((await failure(() => openProfile(folder))).exit).toBe(65);
    expect((await failure(() => openProfile(path.join(folder, 'manifest.json')))).exit).toBe(65);
  });

  test('is a profile of another major version (65), and says which', async () => {
    const folder = await written();
    const file = path.join(folder, 'manifest.json');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('"format_version": "1.0"', '"format_version": "2.0"'),
    );
    const error = await failure(() => openProfile(folder));
    expect([error.exit, error.trouble.what]).toEqual([
      65,
      'this profile has format 2.0, and this neuroprobe reads 1.x',
    ]);
  });

  test('is a table with a flipped byte, or none where the manifest has one (65), named when it is first asked for', async () => {
    const folder = await written();
    const file = path.join(folder, 'examples.arrow');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 4;
    writeFileSync(file, bytes);
    const profile = await openProfile(folder);
    expect([...profile.neurons()]).toHaveLength(7);
    const ask = () => profile.examplesOf({ group: '', layer: 0, neuron: 0 }, 'top');
    expect((await failure(ask)).trouble).toMatchObject({ exit: 65, where: file });
    rmSync(file);
    expect((await failure(ask)).trouble).toMatchObject({
      exit: 65,
      where: file,
      what: 'the profile is damaged: this file is missing',
    });
  });
});
