import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/onnx/data-types.js';
import { concat, int, message, text, varint, type Part } from '../../src/onnx/write.js';
import { externalInitializer, node, valueInfo } from '../../src/onnx/write-model.js';
import { temporaryDirectory } from '../support/cli.js';

const CHILD = fileURLToPath(new URL('./index-child.js', import.meta.url));
const folder = temporaryDirectory();

const MOST_MS = 100;
const MOST_BYTES = 100e6;

/** A weight of zeros, and how many bytes it has. */
interface Hole {
  name: string;
  dims: [number, number];
}

const FLOAT_BYTES = 4;
const bytesOf = ({ dims: [rows, columns] }: Hole) => FLOAT_BYTES * rows * columns;

/** A stack of FFNs without attention: its weights, and the rest of its graph. */
function stack(layers: number, width: number, inner: number): { holes: Hole[]; parts: Part[] } {
  const holes: Hole[] = [{ name: 'embedding', dims: [1000, width] }];
  const parts = [node('Gather', '', ['embedding', 'input_ids'], ['x0'])];
  for (let i = 0; i < layers; i++) {
    holes.push({ name: `up${i}`, dims: [width, inner] }, { name: `down${i}`, dims: [inner, width] });
    parts.push(
      node('MatMul', '', [`x${i}`, `up${i}`], [`pre${i}`]),
      node('Relu', '', [`pre${i}`], [`post${i}`]),
      node('MatMul', '', [`post${i}`, `down${i}`], [`written${i}`]),
      node('Add', '', [`x${i}`, `written${i}`], [`x${i + 1}`]),
    );
  }
  parts.push(
    text(2, 'stack'),
    valueInfo(11, 'input_ids', DataType.INT64, ['batch', 'sequence']),
    valueInfo(12, `x${layers}`, DataType.FLOAT),
  );
  return { holes, parts };
}

const FOOT = message(8, [text(1, ''), int(2, 17)]);
const HEAD = int(1, 8);

/** The head of a length-delimited field: its bytes follow. */
const headOf = (field: number, length: number) => concat([varint(8 * field + 2), varint(length)]);

/** A model whose weights are holes in files beside it: one file each, or one for all. */
function writeExternal(name: string, { holes, parts }: ReturnType<typeof stack>, onlyFile: string | null) {
  const home = path.join(folder, name);
  mkdirSync(path.join(home, 'weights'), { recursive: true });
  let end = 0;
  const weights = holes.map((hole) => {
    const offset = onlyFile === null ? 0 : end;
    end = offset + bytesOf(hole);
    const location = onlyFile ?? `weights/${hole.name}`;
    makeSparse(path.join(home, location), [], end);
    return externalInitializer(hole.name, DataType.FLOAT, hole.dims, {
      location,
      offset,
      length: bytesOf(hole),
    });
  });
  const graph = concat([...weights, ...parts]);
  writeFileSync(path.join(home, 'model.onnx'), concat([HEAD, headOf(7, graph.length), graph, FOOT]));
  return path.join(home, 'model.onnx');
}

/** A model whose weights are holes in the .onnx file itself. */
function writeInternal(name: string, { holes, parts }: ReturnType<typeof stack>): string {
  const heads = holes.map((hole) => {
    const tensor = concat([
      ...hole.dims.map((dim) => int(1, dim)),
      int(2, DataType.FLOAT),
      text(8, hole.name),
      headOf(9, bytesOf(hole)),
    ]);
    return concat([headOf(5, tensor.length + bytesOf(hole)), tensor]);
  });
  const rest = concat(parts);
  const size = rest.length + heads.reduce((sum, head, i) => sum + head.length + bytesOf(holes[i]!), 0);
  const start = concat([HEAD, headOf(7, size)]);
  const pieces: { at: number; bytes: Uint8Array }[] = [{ at: 0, bytes: start }];
  let at = start.length;
  heads.forEach((bytes, i) => {
    pieces.push({ at, bytes });
    at += bytes.length + bytesOf(holes[i]!);
  });
  pieces.push({ at, bytes: concat([rest, FOOT]) });
  const file = path.join(folder, `${name}.onnx`);
  makeSparse(file, pieces, at + rest.length + FOOT.length);
  return file;
}

function makeSparse(file: string, pieces: { at: number; bytes: Uint8Array }[], size: number): void {
  const fd = openSync(file, 'w');
  ftruncateSync(fd, size);
  for (const { at, bytes } of pieces) writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

function index(file: string) {
  return JSON.parse(execFileSync(process.execPath, [CHILD, file], { encoding: 'utf8' })) as {
    ms: number;
    grown: number;
    built: number;
    sites: number;
    parameters: number;
  };
}

/** The first of ten processes that is quick enough, else the quickest: other tests may hold both cores. */
function quickest(file: string) {
  let best = index(file);
  for (let i = 1; i < 10 && best.ms >= MOST_MS; i++) {
    const next = index(file);
    if (next.ms < best.ms) best = next;
  }
  const { ms, grown, sites } = best;
  const [time, memory] = [ms.toFixed(0), (grown / 1e6).toFixed(0)];
  console.log(`${path.relative(folder, file)}: ${time} ms, ${memory} MB, ${sites} FFNs`);
  return best;
}

/** Whether a file can have holes here: one of 3 GB that takes next to nothing. */
function holesStay(): boolean {
  const file = path.join(folder, 'hole');
  try {
    makeSparse(file, [], 3e9);
    return statSync(file).blocks * 512 < 1e6;
  } catch (error) {
    console.warn(`no sparse file of 3 GB: ${String(error)}`);
    return false;
  }
}
const { bavail, bsize } = statfsSync(folder);
const sparse = holesStay();
if (!sparse) console.warn(`skipped: no sparse files in ${folder} (${(bavail * bsize) / 1e9} GB free)`);

describe.skipIf(!sparse)('a model of gigabytes is indexed, searched and built', () => {
  const cheaply = ({ ms, grown, built }: ReturnType<typeof index>, most = MOST_MS) => {
    expect(ms).toBeLessThan(most);
    expect(grown).toBeLessThan(MOST_BYTES);
    expect(built).toBeLessThan(1e6);
  };

  test('in under 100 ms and 100 MB where 2.5 GB lie in one file beside it', () => {
    const model = stack(24, 2048, 6400);
    expect(model.holes.reduce((sum, hole) => sum + bytesOf(hole), 0)).toBeGreaterThan(2.5e9);
    const result = quickest(writeExternal('one file', model, 'model.onnx_data'));
    expect(result.sites).toBe(24);
    expect(result.parameters).toBe(2048 * (1000 + 24 * 2 * 6400));
    cheaply(result);
  });

  test('and a millisecond a file at most where they lie in 301 files', () => {
    const result = quickest(writeExternal('many files', stack(150, 512, 4300), null));
    expect(result.sites).toBe(150);
    cheaply(result, 300);
  });

  test('and as cheaply where 1.9 GB lie in the .onnx file itself', () => {
    const file = writeInternal('inside', stack(24, 2048, 4800));
    expect(statSync(file).size).toBeGreaterThan(1.85e9);
    const result = quickest(file);
    expect(result.sites).toBe(24);
    cheaply(result);
  });
});
