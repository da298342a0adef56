import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { allSites } from '../../src/model/choose-sites.js';
import { exposeModel } from '../../src/model/expose.js';
import { readModel } from '../../src/onnx/read-model.js';
import { temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { exposeFiles, type Outcome } from './expose-files.js';
import { mutate, parse, write } from './mutate.js';
import { plainGraph, variedGraph } from './small-graphs.js';

const CASES = 2000;
const CASES_A_PROCESS = 200;
const LONGEST_MS = 2000;
const LARGEST_BYTES = 500e6;
/** Models that were exposed and are loaded into ONNX Runtime too, each in its turn. */
const LOADED = 100;

const folder = temporaryDirectory();
const cases = Array.from({ length: CASES }, (_, seed) => seed);
const graphs: { name: string; bytes: Uint8Array }[] = [];
const outcomes: Outcome[] = [];

beforeAll(() => {
  // Three layers of the bundled model as we expose them ourselves: a real exporter's graph, small, its weights in a
  // file beside it. Of the third layer's FFN the residual is gone.
  copyFileSync(fixture('llama-shakespeare/model.onnx'), path.join(folder, 'model.onnx'));
  const choice = { ...allSites(), layers: '0-2' };
  const exposed = exposeModel(readModel(path.join(folder, 'model.onnx')), choice).exposure;
  graphs.push(
    { name: 'llama', bytes: exposed.modelBytes },
    { name: 'plain', bytes: plainGraph() },
    { name: 'varied', bytes: variedGraph() },
  );
});

/** Writes the model of each seed, exposes them in one process, and removes them. */
function exposeCases(seeds: readonly number[], load: boolean) {
  const files = seeds.map((seed) => {
    const { name, bytes } = graphs[seed % graphs.length]!;
    const file = path.join(folder, `seed ${seed} of ${name}.onnx`);
    writeFileSync(file, mutate(bytes, seed));
    return file;
  });
  try {
    return exposeFiles(files, { load });
  } finally {
    files.forEach((file) => rmSync(file));
  }
}

describe(`of ${CASES} models with something wrong, from seeds`, () => {
  test('each graph is taken apart and put together again without a change, and has its layers', () => {
    mkdirSync(path.join(folder, 'whole'));
    copyFileSync(path.join(folder, 'model.onnx'), path.join(folder, 'whole', 'model.onnx'));
    const files = graphs.map(({ name, bytes }) => {
      expect(write(parse(bytes)).equals(bytes)).toBe(true);
      const file = path.join(folder, 'whole', `${name}.onnx`);
      writeFileSync(file, bytes);
      return file;
    });
    const whole = exposeFiles(files, { load: true });
    expect(whole.outcomes.map(({ exit, message }) => message ?? exit)).toEqual([0, 0, 0]);
    expect(whole.outcomes.map(({ sites }) => sites)).toEqual([2, 2, 2]);
  });

  test.each(cases.filter((seed) => seed % CASES_A_PROCESS === 0))(
    `each is exposed or refused in time and memory: ${CASES_A_PROCESS} from seed %i on`,
    (first) => {
      const { outcomes: part, peak } = exposeCases(cases.slice(first, first + CASES_A_PROCESS), false);
      expect(part.length).toBe(CASES_A_PROCESS);
      expect(part.filter(({ bug }) => bug !== undefined)).toEqual([]);
      expect(part.filter(({ ms }) => ms > LONGEST_MS)).toEqual([]);
      expect(part.filter(({ exit }) => exit !== 0 && exit !== 69)).toEqual([]);
      expect(peak).toBeLessThan(LARGEST_BYTES);
      outcomes.push(...part);
    },
  );

  test('many are refused and many exposed, so the mutations are neither all fatal nor all harmless', () => {
    const refused = outcomes.filter(({ exit }) => exit === 69);
    expect(refused.length).toBeGreaterThan(CASES / 4);
    expect(outcomes.length - refused.length).toBeGreaterThan(CASES / 10);
    // With all texts and numbers cut out, the reasons are of many kinds.
    const reasons = new Set(
      refused.map(({ message }) => message!.split('\n')[0]!.replace(/"[^"]*"|-?\d+/g, '…')),
    );
    expect(reasons.size).toBeGreaterThan(40);
  });

  test(`${LOADED} that are exposed load and run in ONNX Runtime, or are refused by it, and none brings it down`, () => {
    const exposed = outcomes.filter(({ exit }) => exit === 0);
    const every = Math.floor(exposed.length / LOADED);
    const seeds = exposed
      .filter((_, i) => i % every === 0)
      .slice(0, LOADED)
      .map(({ file }) => Number(/seed (\d+)/.exec(file)![1]));
    const { outcomes: loaded } = exposeCases(seeds, true);
    expect(loaded.filter(({ bug }) => bug !== undefined)).toEqual([]);
    expect(loaded.filter(({ exit }) => ![0, 69, 70].includes(exit!))).toEqual([]);
    expect(loaded.filter(({ exit }) => exit === 0).length).toBeGreaterThan(LOADED / 4);
  });
});
