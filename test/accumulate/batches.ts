import fc from 'fast-check';
import type { Batch } from '../../src/accumulate/accumulator.js';
import { NO_TOKEN } from '../../src/accumulate/explain-kinds.js';
import type { SpannedDocument, WindowPlace } from '../../src/accumulate/types.js';
import { scanWindows, windowExtremes } from '../../src/accumulate/window-extremes.js';

/** Values that break careless code, beside ordinary ones. */
export const activation: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: Math.fround(-3), max: Math.fround(3), noNaN: true }) },
  { weight: 3, arbitrary: fc.constantFrom(0, -0, 1, -1, 0.5, -0.5, 2 ** -11, -(2 ** -11), 128, -128, 127.5) },
  { weight: 2, arbitrary: fc.float({ noNaN: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 1.401298464324817e-45, 3.4028234663852886e38),
  },
);

export interface Cell {
  file: number;
  record: number;
  window: number;
  position: number;
  value: number;
  tokenId: number;
  /** Factors of a gated product. */
  act: number;
  up: number;
  textKey: string;
}

export interface TestBatch {
  batch: Batch;
  /** The counted activations of each neuron, with their places. */
  cells: Cell[][];
}

export interface Corpus {
  neurons: number;
  batches: TestBatch[];
}

/** A corpus of up to five batches over a few documents of one or two windows; places never repeat. */
export function corpus(): fc.Arbitrary<Corpus> {
  return fc
    .record({
      neurons: fc.integer({ min: 1, max: 4 }),
      shapes: fc.array(
        fc.array(
          fc.record({ length: fc.integer({ min: 1, max: 6 }), skip: fc.integer({ min: 0, max: 2 }) }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        { minLength: 1, maxLength: 5 },
      ),
      values: fc.infiniteStream(activation),
      tokens: fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
      order: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    })
    .map(({ neurons, shapes, values, tokens, order }) => {
      // Windows in a shuffled order, two of a document, three documents a file.
      const total = shapes.flat().length;
      const places = Array.from({ length: total }, (_, i) => ({ i, at: order.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ i }) => ({
          file: Math.floor(i / 6),
          record: Math.floor((i % 6) / 2),
          window: i % 2,
          windows: Math.min(2, total - i + (i % 2)),
        }));
      return {
        neurons,
        batches: shapes.map((windows) => make(neurons, windows, () => places.pop()!, values, tokens)),
      };
    });
}

function make(
  neurons: number,
  windows: { length: number; skip: number }[],
  place: () => { file: number; record: number; window: number; windows: number },
  values: Iterator<number>,
  tokens: Iterator<number>,
): TestBatch {
  const length = Math.max(...windows.map((window) => window.length));
  const activations = new Float32Array(windows.length * length * neurons).map(
    () => values.next().value as number,
  );
  const cells: Cell[][] = Array.from({ length: neurons }, () => []);
  const factor = () => activations.map(() => values.next().value as number);
  const factors = { act: factor(), up: factor() };
  const runs: number[] = [];
  const places: WindowPlace[] = [];
  windows.forEach((window, w) => {
    const { windows: ofDocument, ...at } = place();
    const ids = Int32Array.from({ length: window.length }, () => tokens.next().value as number);
    const textKey = `text ${at.record % 2}`;
    places.push({
      ...at,
      line: at.record + 1,
      startByte: at.record * 100,
      id: `${at.file}/${at.record}`,
      textKey,
      labelled: { file: at.file, record: at.record, windows: ofDocument, labels: labelsOf(at) },
      ids,
      // Each second window goes on where the first ended, wherever that is.
      tokenIndex: Int32Array.from(ids, (_, p) => (at.window === 0 ? p : p + 6)),
      before: at.window === 0 ? NO_TOKEN : beforeOf(at),
      spans: spansOf(at, ofDocument, ids),
      span: (position) => [position, position + 1],
    });
    if (window.skip >= window.length) return;
    runs.push(w, window.skip, window.length);
    for (let position = window.skip; position < window.length; position++) {
      for (let j = 0; j < neurons; j++) {
        const value = activations[(w * length + position) * neurons + j]!;
        const pair = {
          act: factors.act[(w * length + position) * neurons + j]!,
          up: factors.up[(w * length + position) * neurons + j]!,
        };
        cells[j]!.push({ ...at, ...pair, position, value, tokenId: ids[position]!, textKey });
      }
    }
  });
  const batch: Batch = {
    activations,
    factors,
    neurons,
    length,
    runs: Int32Array.from(runs),
    places,
    windows: windowExtremes(windows.length, neurons),
  };
  scanWindows(batch);
  return { batch, cells };
}

/** The id before a document's second window. */
export function beforeOf({ file, record }: { file: number; record: number }): number {
  return (3 * file + record) % 10;
}

const spanned = new Map<string, SpannedDocument>();

/** Documents of which the first has a field that was not known where, and the last of a file lacks one. */
export function spannedOf(
  { file, record }: { file: number; record: number },
  windows: number,
): SpannedDocument {
  const key = `${file}/${record}/${windows}`;
  let document = spanned.get(key);
  if (document === undefined) {
    document = {
      ...{ file, record, windows },
      fields: [record === 2 ? 'missing' : 'known', record === 0 && file === 0 ? 'unaligned' : 'known'],
      labels: [
        ...(record === 2 ? [] : [{ field: 0, label: 'name' }]),
        ...(record === 0 && file === 0
          ? []
          : [
              { field: 1, label: 'low' },
              { field: 1, label: 'never' },
            ]),
      ],
    };
    spanned.set(key, document);
  }
  return document;
}

/** A token is of a `name` by its id, `low` by the id too, and `never` never. */
export function labelsAt(document: SpannedDocument, tokenId: number): number[] {
  const is = { name: tokenId % 3 === 0, low: tokenId < 5, never: false };
  return document.labels.flatMap(({ label }, i) => (is[label as keyof typeof is] ? [i] : []));
}

function spansOf(
  at: { file: number; record: number; window: number },
  windows: number,
  ids: Int32Array,
): WindowPlace['spans'] {
  const document = spannedOf(at, windows);
  const sets = [...ids].map((id) => labelsAt(document, id));
  const keys = [...new Set(sets.map((set) => set.join(' ')))];
  return {
    document,
    pattern: Int32Array.from(sets, (set) => keys.indexOf(set.join(' '))),
    patterns: keys.map((key) => (key === '' ? [] : key.split(' ').map(Number))),
    sampled: Int32Array.from([...ids.keys()].filter((position) => position % 2 === at.window % 2)),
  };
}

/** Labels of a document in two fields: of some it lacks the field, or has no label or two. */
export function labelsOf({ file, record }: { file: number; record: number }): (string[] | null)[] {
  return [[['odd', 'even', ''][record]!, `file ${file}`], [null, [], ['odd']][record]!];
}

/** The same with documents whose values are wanted by themselves: the first and the last of each file. */
export function sampled(given: Corpus): Corpus {
  for (const { batch } of given.batches)
    for (const { labelled } of batch.places) labelled!.isSampled = labelled!.record !== 1;
  return given;
}

/** All counted cells of a neuron, in the order of batches. */
export function cellsOf(corpus: Corpus, neuron: number): Cell[] {
  return corpus.batches.flatMap(({ cells }) => cells[neuron]!);
}

export function finite(cells: Cell[]): Cell[] {
  return cells.filter(({ value }) => Number.isFinite(value));
}

export function byPlace(a: Cell, b: Cell): number {
  return a.file - b.file || a.record - b.record || a.window - b.window || a.position - b.position;
}
