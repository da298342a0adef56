import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntryWriter, type DumpedWindow } from '../../../src/profile/dump/entry.js';
import { dumpParts } from '../../../src/profile/dump/parts.js';
import { writeDelphi, type DumpContext } from '../../../src/profile/dump/write-delphi.js';
import { temporaryDirectory } from '../../support/cli.js';
import { readSafetensors } from '../../support/safetensors.js';

const folder = temporaryDirectory();

const NEURONS = [Int32Array.of(2, 3, 7), Int32Array.of(0)];
const CONTEXT = 6;
const ABOVE = 0.5;
const WHAT: Omit<DumpContext, 'windows' | 'hits'> = {
  sites: [0, 4].map((layer) => ({
    ...{ group: '', layer, dModel: 4, dMlp: 8, activation: 'relu', gated: false },
  })),
  neurons: NEURONS,
  context: CONTEXT,
  padId: 9,
  model: 'm.onnx',
  corpus: ['a.jsonl', 'b.jsonl'],
  textField: 'text',
};

/** A window with an activation of each layer's neurons at each position. */
interface Made extends DumpedWindow {
  layers: Float32Array[];
}

/** Windows, each once, in any order; and how they are spread over sources. */
const made = (values: fc.Arbitrary<number>) =>
  fc.uniqueArray(
    fc
      .record({
        file: fc.nat(1),
        record: fc.oneof(fc.nat(3), fc.constantFrom(2 ** 32, 2 ** 32 + 1, 2 ** 40)),
        window: fc.nat(2),
        ids: fc
          .array(fc.nat(50_000), { minLength: 1, maxLength: CONTEXT })
          .map((ids) => Int32Array.from(ids)),
        source: fc.nat(2),
      })
      .chain((window) => {
        const layer = (neurons: Int32Array) => {
          const length = window.ids.length * neurons.length;
          return fc
            .array(values, { minLength: length, maxLength: length })
            .map((all) => Float32Array.from(all));
        };
        return fc.tuple(...NEURONS.map(layer)).map((layers) => ({ ...window, layers }));
      }),
    { maxLength: 12, selector: ({ file, record, window }) => `${file} ${record} ${window}` },
  );

function entryOf({ ids, layers, ...place }: Made): Uint8Array {
  const writer = new EntryWriter(dumpParts(NEURONS), NEURONS, ABOVE);
  const counted = new Uint8Array(ids.length).fill(1);
  const of = layers.map((activations, layer) => ({
    ...{ activations, counted, firstRow: 0, width: NEURONS[layer]!.length },
  }));
  return Uint8Array.from(writer.write({ ...place, ids }, of).bytes);
}

/** Writes a dump of sources that hold these entries one after another, and of each what is no entry behind. */
async function written(sources: readonly Made[][]): Promise<{ at: string; hashes: Record<string, string> }> {
  const at = mkdtempSync(path.join(folder, 'dump-'));
  const spooled = sources.map((windows, i) => {
    const bytes = Buffer.concat(windows.map(entryOf));
    const file = path.join(at, `${i}.spool`);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from('half an entry')]));
    return { path: file, bytes: bytes.length };
  });
  const values = sources.flat().flatMap(({ layers }) => layers.flatMap((layer) => [...layer]));
  const hits = values.filter((value) => value > ABOVE).length;
  const what = { ...WHAT, windows: sources.flat().length, hits };
  return { at, hashes: await writeDelphi(at, spooled, what) };
}

const inOrder = (a: Made, b: Made) => a.file - b.file || a.record - b.record || a.window - b.window;

describe('writeDelphi', () => {
  test('writes the same files in whatever order windows come, and from however many workers', async () => {
    await fc.assert(
      fc.asyncProperty(made(fc.float({ noDefaultInfinity: true, noNaN: true })), async (windows) => {
        const spread = [0, 1, 2].map((source) => windows.filter((window) => window.source === source));
        const [one, some] = [await written([[...windows].sort(inOrder)]), await written(spread)];
        expect(some.hashes).toEqual(one.hashes);
      }),
      { numRuns: 40 },
    );
  });

  test('has a row a window in the order of the corpus, and a location and a value for each that is above', async () => {
    const values = fc.constantFrom(0, 0.25, 0.5, 0.75, 1, 2.5, -3);
    await fc.assert(
      fc.asyncProperty(made(values), async (windows) => {
        const { at } = await written([windows]);
        const sorted = [...windows].sort(inOrder);
        const padded = sorted.flatMap(({ ids }) => [...ids, ...Array<number>(CONTEXT - ids.length).fill(9)]);
        const names = ['L0/2_7', 'L4/0_0'];
        for (const [layer, neurons] of NEURONS.entries()) {
          const tensors = readSafetensors(path.join(at, 'delphi', `${names[layer]}.safetensors`));
          const hits = sorted.flatMap(({ ids, layers }, row) =>
            [...ids].flatMap((_, position) =>
              [...neurons].flatMap((neuron, i) => {
                const value = layers[layer]![position * neurons.length + i]!;
                return value > ABOVE ? [{ location: [row, position, neuron - neurons[0]!], value }] : [];
              }),
            ),
          );
          expect(tensors).toEqual({
            tokens: { dtype: 'I64', shape: [sorted.length, CONTEXT], values: padded },
            activations: { dtype: 'F16', shape: [hits.length], values: hits.map(({ value }) => value) },
            locations: {
              ...{ dtype: 'U16', shape: [hits.length, 3] },
              values: hits.flatMap(({ location }) => location),
            },
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('keeps float32 in a file with an activation that float16 does not reach', async () => {
    const window = (record: number, ...values: number[]): Made => ({
      ...{ file: 0, record, window: 0, ids: Int32Array.of(1) },
      layers: [Float32Array.of(0.1, 65_519.99, 0), Float32Array.from(values)],
    });
    const { at } = await written([[window(1, 65_520), window(0, 0.75)]]);
    const read = (name: string) => readSafetensors(path.join(at, 'delphi', name))['activations'];
    expect(read('L0/2_7.safetensors')).toEqual({ dtype: 'F16', shape: [2], values: [65_504, 65_504] });
    expect(read('L4/0_0.safetensors')).toEqual({ dtype: 'F32', shape: [2], values: [0.75, 65_520] });
  });

  test('refuses sources that are cut short, or hold no entries', async () => {
    const at = mkdtempSync(path.join(folder, 'dump-'));
    const file = path.join(at, 'spool');
    const entry = entryOf({
      ...{ file: 0, record: 0, window: 0, ids: Int32Array.of(1, 2) },
      layers: [new Float32Array(6).fill(1), new Float32Array(2).fill(1)],
    });
    const cases: [bytes: Uint8Array, counted: number][] = [
      [entry.subarray(0, -4), entry.length],
      [entry.subarray(0, 8), 8],
      [new Uint8Array(400), 400],
    ];
    for (const [bytes, counted] of cases) {
      writeFileSync(file, bytes);
      await expect(
        writeDelphi(at, [{ path: file, bytes: counted }], { ...WHAT, windows: 1, hits: 8 }),
      ).rejects.toThrow('cut short or damaged');
    }
    expect(readFileSync(file)).toHaveLength(400);
  });

  test('fails where windows or hits are not as many as a state counted', async () => {
    const at = mkdtempSync(path.join(folder, 'dump-'));
    for (const [windows, hits] of [
      [1, 0],
      [0, 1],
    ] as const)
      await expect(writeDelphi(at, [], { ...WHAT, windows, hits })).rejects.toThrow('0 windows with 0 hits');
  });
});
