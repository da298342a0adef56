import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Batch } from '../../src/accumulate/accumulator.js';
import { loggedBins } from '../../src/accumulate/logged-bins.js';
import { plainSpanLoops } from '../../src/accumulate/plain-span-loops.js';
import { STRIP, type SpanLoops, type Strip } from '../../src/accumulate/span-loops.js';
import type { WindowRows } from '../../src/accumulate/span-rows.js';
import { stripsOf } from '../../src/accumulate/span-tally.js';
import { simdSpanLoops, spanLoopBytes, type SpanExports } from '../../src/kernel/simd-span-loops.js';
import { activation } from './batches.js';

const ROWS = 40;
const PLACES = 3;
const wasm = new WebAssembly.Module(readFileSync(new URL('../../dist/kernel/kernel.wasm', import.meta.url)));

const given = fc.record({
  neurons: fc.integer({ min: 1, max: 300 }),
  // Bins of 8 bits, the most that these hold, the fewest of 16, and all that there can be.
  range: fc.constantFrom(
    ...[
      [-11, 7],
      [-20, 11],
      [-20, 12],
      [-126, 127],
    ].map(([low, high]) => ({ low: low!, high: high! })),
  ),
  /** Counted rows, in stretches. */
  counted: fc.array(fc.boolean(), { minLength: ROWS, maxLength: ROWS }),
  /** Labels' tokens. */
  inside: fc.array(fc.array(fc.boolean(), { minLength: ROWS, maxLength: ROWS }), {
    minLength: 1,
    maxLength: 4,
  }),
  values: fc.array(activation, { minLength: 1, maxLength: 200 }),
  /** Of so many neurons one has values that are not ordinary. */
  rare: fc.constantFrom(1, 5, 1000),
});

test('the SIMD loops of spans give the bits of the plain ones', () => {
  fc.assert(
    fc.property(given, (of) => {
      const [plain, simd] = bothLoops(of);
      expect(walk(simd, of)).toEqual(walk(plain, of));
    }),
    { numRuns: 150 },
  );
}, 120_000);

type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;
type Loops = SpanLoops & { batch: Batch };

/** All that the loops leave behind, strip by strip. */
function walk({ batch, ...loops }: Loops, { range, counted, inside }: Given): unknown {
  const rows = rowsOf(counted, inside);
  const at = (values: Float64Array, { width }: Strip, from = 0) => [...values.subarray(from, from + width)];
  const bins = ({ width }: Strip) => {
    const { constructor } = loggedBins(range, 0);
    const { buffer, byteOffset } = loops.binWords;
    return [...new (constructor as Uint8ArrayConstructor)(buffer as ArrayBuffer, byteOffset, width)];
  };
  return stripsOf(batch.neurons).map((strip) => {
    loops.tallies.fill(0);
    loops.load(batch, rows, strip);
    loops.sum(rows.tokens.at(-1)!, loops.all, strip);
    const found: unknown[] = [at(loops.all, strip)];
    for (const [label, tokens] of rows.tokens.entries()) {
      loops.sum(tokens, loops.inside, strip);
      loops.differ(tokens.length + 1, counted.length, strip);
      found.push(at(loops.inside, strip), at(loops.differences, strip));
      loops.tally(label % PLACES, strip);
      found.push(bins(strip));
    }
    for (let place = 0; place < 2 * PLACES; place++) found.push(at(loops.tallies, strip, place * STRIP));
    for (let row = 0; row < ROWS; row += 7) {
      loops.bin(batch, row, strip);
      found.push(bins(strip));
    }
    return found;
  });
}

function rowsOf(counted: boolean[], inside: boolean[][]): WindowRows {
  const rows = [...counted.keys()].filter((row) => counted[row]);
  const stretches = rows.flatMap((row, i): [number, number][] => {
    if (rows[i - 1] === row - 1) return [];
    let end = row;
    while (counted[end] === true) end++;
    return [[row, end]];
  });
  const all = rows.map((_, token) => token);
  const tokens = [...inside.map((is) => all.filter((token) => is[token])), all];
  return {
    rows: Int32Array.from(rows),
    stretches,
    tokens: tokens.map((list) => Int32Array.from(list)),
    counts: Int32Array.from(tokens, ({ length }) => length),
    sampled: [],
  };
}

function bothLoops({ neurons, range, values, rare }: Given): [Loops, Loops] {
  const bytes = spanLoopBytes(ROWS) + 4096 + ROWS * neurons * 4 + 4096;
  const pages = Math.ceil(bytes / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(wasm, { env: { memory } });
  let next = 4096;
  const take = (size: number) => {
    const at = next;
    next += Math.ceil(size / 64) * 64;
    return at;
  };
  const activations = new Float32Array(memory.buffer, take(ROWS * neurons * 4 + 64), ROWS * neurons);
  let seed = 1;
  for (let i = 0; i < activations.length; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    const ordinary = (seed / 2 ** 32 - 0.5) * 4;
    activations[i] = (i % neurons) % rare === 0 ? values[(seed >>> 12) % values.length]! : ordinary;
  }
  const batch = { activations, neurons } as Batch;
  const simd = simdSpanLoops(exports as unknown as SpanExports, memory, { rows: ROWS, range }, take);
  return [
    { ...plainSpanLoops(range, PLACES), batch },
    { ...simd, batch },
  ];
}
