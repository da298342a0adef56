import { chmodSync, copyFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Exit, UserError } from '../../src/core/errors.js';
import { allSites } from '../../src/model/choose-sites.js';
import { exposeModel } from '../../src/model/expose.js';
import { openModel } from '../../src/model/open-model.js';
import { openSession } from '../../src/model/session.js';
import { temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { parse, write, type TreeField } from './mutate.js';

const root = temporaryDirectory();
const BUNDLED = fixture('llama-shakespeare/model.onnx');
const DATA = 'model.onnx_data';
/**
 * The bundled model with all that is large in `model.onnx_data`, but for its head:
 * the last FFN, which writes to nothing now, is none any more.
 */
let graph: Uint8Array;
const readOnly: string[] = [];
// Before the directory itself is removed.
afterAll(() => readOnly.forEach((folder) => chmodSync(folder, 0o755)));

beforeAll(() => {
  // Its own file serves as the data: the exposed model points into it.
  const data = path.join(folderFor('made'), DATA);
  copyFileSync(BUNDLED, data);
  graph = expose(data).exposure.modelBytes;
});

function folderFor(...names: string[]): string {
  const folder = path.join(root, ...names);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function expose(file: string) {
  return exposeModel(openModel(file), allSites());
}

/** All activations of a few tokens. */
async function activations(file: string): Promise<Float32Array[]> {
  const { exposure } = expose(file);
  const session = await openSession(exposure, { threads: 1, device: 'cpu', path: file });
  const ids = Int32Array.from([7, 42, 99, 3, 250, 11]);
  const into = exposure.outputs.map(({ site }) => new Float32Array(ids.length * site.dMlp));
  await session.run({ sequences: [{ ids, attentionMask: null, source: null }], length: ids.length }, into);
  await session.close();
  return into;
}

/** The graph with its data at another location. */
function at(location: string): Uint8Array {
  const tree = parse(graph);
  const visit = (fields: TreeField[]): void => {
    const key = fields.find(({ number }) => number === 1)?.value;
    if (key instanceof Uint8Array && Buffer.from(key).toString() === 'location')
      fields.find(({ number }) => number === 2)!.value = Buffer.from(location);
    for (const { value } of fields) if (Array.isArray(value)) visit(value);
  };
  visit(tree);
  return write(tree);
}

function refusal(file: string): string {
  try {
    expose(file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exit).toBe(Exit.MODEL);
    return error.message;
  }
  throw new Error('exposed');
}

describe('weights in files of their own give the same activations', () => {
  /** Makes a folder of each kind; returns the path of the model in it. */
  const layouts: [string, () => string][] = [
    [
      'beside the model',
      () => {
        const folder = folderFor('plain');
        writeFileSync(path.join(folder, 'model.onnx'), graph);
        copyFileSync(BUNDLED, path.join(folder, DATA));
        return path.join(folder, 'model.onnx');
      },
    ],
    ['in a Hugging Face cache, where both are links into blobs', () => path.join(cache(), 'model.onnx')],
    [
      'in such a cache, where the model itself is no link',
      () => {
        const file = path.join(cache(), 'edited.onnx');
        writeFileSync(file, graph);
        return file;
      },
    ],
    [
      'in such a cache through a link to its folder',
      () => {
        symlinkSync(cache(), path.join(root, 'link'));
        return path.join(root, 'link', 'model.onnx');
      },
    ],
    [
      'in a sub-folder',
      () => {
        const folder = folderFor('above', 'weights of it');
        writeFileSync(path.join(folder, '..', 'model.onnx'), at(`weights of it/${DATA}`));
        copyFileSync(BUNDLED, path.join(folder, DATA));
        return path.join(folder, '..', 'model.onnx');
      },
    ],
    [
      'where a link in the model’s folder leads to another name below it',
      () => {
        const folder = folderFor('linked', 'store');
        writeFileSync(path.join(folder, '..', 'model.onnx'), graph);
        copyFileSync(BUNDLED, path.join(folder, 'blob'));
        symlinkSync(path.join('store', 'blob'), path.join(folder, '..', DATA));
        return path.join(folder, '..', 'model.onnx');
      },
    ],
    [
      'in a path with spaces and letters of three scripts, in a folder that may only be read',
      () => {
        const folder = folderFor('Модель № 5', '模型 ünïcode');
        writeFileSync(path.join(folder, 'my model.onnx'), graph);
        copyFileSync(BUNDLED, path.join(folder, DATA));
        chmodSync(folder, 0o555);
        readOnly.push(folder);
        return path.join(folder, 'my model.onnx');
      },
    ],
  ];

  test.each(layouts)('%s', async (_, make) => {
    const ours = await activations(make());
    const theirs = await activations(BUNDLED);
    expect(ours.length).toBe(4);
    expect(ours.every((layer) => layer.some((value) => value !== 0))).toBe(true);
    expect(ours).toEqual(theirs.slice(0, 4));
  });

  test('a path that is relative to the working directory is as good', () => {
    const file = path.join(folderFor('plain'), 'model.onnx');
    const { exposure } = expose(path.relative(process.cwd(), file));
    expect(exposure.externalFolder).toBe(expose(file).exposure.externalFolder);
  });
});

/** `snapshots/<commit>/` of a cache as huggingface_hub lays it out. */
function cache(): string {
  const home = folderFor('hub', 'models--org--llama');
  const snapshot = folderFor('hub', 'models--org--llama', 'snapshots', '0123abcd');
  const blobs = folderFor('hub', 'models--org--llama', 'blobs');
  const link = (name: string, put: (blob: string) => void) => {
    const blob = createHash('sha256').update(name).digest('hex');
    put(path.join(blobs, blob));
    const file = path.join(snapshot, name);
    try {
      symlinkSync(path.join('..', '..', 'blobs', blob), file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  };
  link('model.onnx', (blob) => writeFileSync(blob, graph));
  link(DATA, (blob) => copyFileSync(BUNDLED, blob));
  return path.join(home, 'snapshots', '0123abcd');
}

describe('weights that are not the model’s are refused, with the reason', () => {
  const outside = () => {
    const file = path.join(folderFor('outside'), DATA);
    copyFileSync(BUNDLED, file);
    return file;
  };

  test.each([
    ['above the folder', () => `../outside/${DATA}`, /lies outside the model's folder/],
    ['above it by a detour', () => `sub/../../outside/${DATA}`, /lies outside the model's folder/],
    ['in the folder above', () => '..', /lies outside the model's folder/],
    ['at an absolute path', () => outside(), /lies outside the model's folder/],
    ['at no path', () => '', /lies outside the model's folder/],
    ['in a file that is not there', () => 'gone', /a file of the model's weights is missing[^]*gone/],
    ['at a path that no file can have', () => 'a\0b', /a file of the model's weights is missing/],
    ['at a path of 100,000 letters', () => 'x'.repeat(100_000), /a file of the model's weights is missing/],
    ['in the folder itself', () => '.', /the weights are to be in what is no file/],
  ])('%s', (_, location, reason) => {
    outside();
    const file = path.join(folderFor('bad'), 'model.onnx');
    writeFileSync(file, at(location()));
    expect(refusal(file)).toMatch(reason);
    expect(refusal(file).length).toBeLessThan(1000);
  });

  test('behind a link that leaves the folder', () => {
    const folder = folderFor('leaving');
    writeFileSync(path.join(folder, 'model.onnx'), graph);
    symlinkSync(outside(), path.join(folder, DATA));
    expect(refusal(path.join(folder, 'model.onnx'))).toMatch(/a file whose link leaves the model's folder/);
  });

  test('behind a link in a cache that leads to the blobs of another model', () => {
    const blob = path.join(folderFor('hub', 'models--org--other', 'blobs'), 'stolen');
    copyFileSync(BUNDLED, blob);
    const snapshot = folderFor('hub', 'models--org--thief', 'snapshots', '4567');
    writeFileSync(path.join(snapshot, 'model.onnx'), graph);
    symlinkSync(blob, path.join(snapshot, DATA));
    expect(refusal(path.join(snapshot, 'model.onnx'))).toMatch(/a file whose link leaves/);
  });

  test('behind a link that leads round to itself', () => {
    const folder = folderFor('round');
    writeFileSync(path.join(folder, 'model.onnx'), graph);
    symlinkSync(DATA, path.join(folder, DATA));
    expect(refusal(path.join(folder, 'model.onnx'))).toMatch(/weights is missing/);
  });

  test('in a file that is cut short, with the weight and the bytes it wants', () => {
    const folder = folderFor('short');
    writeFileSync(path.join(folder, 'model.onnx'), graph);
    copyFileSync(BUNDLED, path.join(folder, DATA));
    truncateSync(path.join(folder, DATA), 1_000_000);
    const message = refusal(path.join(folder, 'model.onnx'));
    expect(message).toMatch(/the weight ".+" wants bytes \d+ to \d+ of a file of 1000000\n/);
    expect(message).toContain(DATA);
  });
});
