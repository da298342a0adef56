import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chooseFrom, exposeChosen } from '../../src/model/choose-and-build.js';
import { exposedGraph } from '../../src/model/exposed-graph.js';
import { layOut } from '../../src/model/weight-layout.js';
import { readModel } from '../../src/onnx/read-model.js';
import { bytes, concat } from '../../src/onnx/write.js';
import { externalInitializer, modelProto } from '../../src/onnx/write-model.js';
import type { ExposedSummary } from '../../src/report/exposed-summary.js';
import { writeExposed } from '../../src/run/write-exposed.js';
import { BIN, neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { describeWithShared, shared } from '../support/shared.js';
import { allSites } from '../../src/model/choose-sites.js';

const FIXTURE = fixture('llama-shakespeare/model.onnx');
const OUTPUTS = ['L0.post', 'L1.post', 'L2.post', 'L3.post', 'L4.post'];
const ALL = allSites();

describe('expose', () => {
  const root = temporaryDirectory();
  let folder: string;
  let expected: Buffer[];
  let count = 0;

  beforeAll(async () => {
    succeed(['expose', FIXTURE, '-o', 'expected.onnx'], { cwd: root });
    expected = await run(path.join(root, 'expected.onnx'));
  });

  beforeEach(() => {
    folder = path.join(root, String(count++));
    mkdirSync(folder);
  });

  /** The five layers' activations by a model. */
  async function run(file: string): Promise<Buffer[]> {
    const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
    const ids = BigInt64Array.from([1n, 20n, 300n, 41n, 5n, 6n]);
    const results = await session.run({
      input_ids: new Tensor('int64', ids, [2, 3]),
      attention_mask: new Tensor(
        'int64',
        ids.map(() => 1n),
        [2, 3],
      ),
    });
    await session.release();
    return OUTPUTS.map((name) => {
      const { data, dims } = results[name] as Tensor;
      expect(dims).toEqual([2, 3, 260]);
      const { buffer, byteOffset, byteLength } = data as Float32Array;
      return Buffer.from(buffer, byteOffset, byteLength);
    });
  }

  async function expectSame(file: string): Promise<void> {
    const values = await run(file);
    values.forEach((value, i) => expect(value.equals(expected[i]!), OUTPUTS[i]).toBe(true));
  }

  test('says which output holds which layer, what is left of the graph, and how large the file is', () => {
    const { stdout, stderr } = succeed(['expose', FIXTURE, '-o', 'a.onnx'], { cwd: folder });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^a\.onnx\n {2}from .*model\.onnx\n {2}size +2\.\d MiB, weights inside\n/);
    expect(stdout).toContain('1,300 in 5 layers, tap post');
    expect(stdout).toMatch(/L4 +260 {2}L4\.post {2}\/model\/model\/layers\.4\/mlp\/Mul_output_0\n/);
    expect(readdirSync(folder)).toEqual(['a.onnx']);
  });

  test('gives one object with --json, and takes the layers and the tap that are asked for', () => {
    const args = ['expose', FIXTURE, '-o', 'a.onnx', '--layers', '1,3', '--tap', 'pre', '--json'];
    const summary = JSON.parse(succeed(args, { cwd: folder }).stdout) as ExposedSummary;
    expect(summary.outputs.map(({ output, layer }) => [output, layer])).toEqual([
      ['L1.pre', 1],
      ['L3.pre', 3],
    ]);
    expect(summary.inputs).toEqual(['input_ids', 'attention_mask']);
    expect(summary.bytes).toBe(readFileSync(path.join(folder, 'a.onnx')).length);
    expect(summary.pruned.nodes).toBeLessThan(summary.pruned.nodes_in_model);
  });

  test('keeps the outputs of the original, in their order, before the taps, with --keep-outputs', async () => {
    succeed(['expose', FIXTURE, '-o', 'a.onnx', '--keep-outputs'], { cwd: folder });
    const [before, after] = [FIXTURE, path.join(folder, 'a.onnx')].map((file) => readModel(file).graph);
    const names = ({ outputs }: typeof after & object) => outputs.map(({ name }) => name);
    expect(names(after!)).toEqual([...names(before!), ...OUTPUTS]);
    await expectSame(path.join(folder, 'a.onnx'));
  });

  test('gives names that no tensor has, and the same ones when a model is exposed again', () => {
    succeed(['expose', FIXTURE, '-o', 'a.onnx', '--keep-outputs'], { cwd: folder });
    const again = (args: string[]) => {
      const { stdout } = succeed(['expose', 'a.onnx', '-o', 'b.onnx', '--force', '--json', ...args], {
        cwd: folder,
      });
      return (JSON.parse(stdout) as ExposedSummary).outputs.map(({ output, added }) => [output, added]);
    };
    expect(again([])).toEqual(OUTPUTS.map((name) => [name, true]));
    expect(again(['--keep-outputs'])).toEqual(OUTPUTS.map((name) => [name, false]));
    const { view, selected } = chooseFrom(readModel(FIXTURE), ALL);
    const [first] = selected;
    const { outputs } = exposedGraph(view, [
      { ...first!, name: 'input_ids' },
      { ...first!, name: 'x' },
      { ...first!, name: 'x' },
    ]);
    expect(outputs).toEqual(['input_ids_', 'x', 'x_']);
  });

  describe('refuses (73)', () => {
    const refused = (args: string[], reason: RegExp) => {
      const { code, stderr } = neuroprobe(['expose', ...args], { cwd: folder });
      expect(stderr).toMatch(reason);
      expect(code).toBe(73);
    };

    test('what is there already, but replaces it with --force', () => {
      writeFileSync(path.join(folder, 'a.onnx'), 'mine');
      refused([FIXTURE, '-o', 'a.onnx'], /there is a file already/);
      expect(readFileSync(path.join(folder, 'a.onnx'), 'utf8')).toBe('mine');
      succeed(['expose', FIXTURE, '-o', 'a.onnx', '--force'], { cwd: folder });
      expect(readdirSync(folder)).toEqual(['a.onnx']);
    });

    test('the original, also with --force, and by a link of either kind', () => {
      const file = path.join(folder, 'm.onnx');
      copyFileSync(FIXTURE, file);
      symlinkSync(file, path.join(folder, 'soft.onnx'));
      linkSync(file, path.join(folder, 'hard.onnx'));
      for (const name of ['m.onnx', './x/../m.onnx', 'soft.onnx', 'hard.onnx']) {
        mkdirSync(path.join(folder, 'x'), { recursive: true });
        refused(['m.onnx', '-o', name, '--force'], /part of the model that is read/);
      }
      expect(readFileSync(file).equals(readFileSync(FIXTURE))).toBe(true);
    });

    test('a data file of the original', () => {
      external(folder);
      refused(['model.onnx', '-o', 'weights.bin', '--force'], /part of the model that is read/);
    });

    test('a folder that is not there, a directory, and a path through a file', () => {
      mkdirSync(path.join(folder, 'd'));
      writeFileSync(path.join(folder, 'f'), '');
      refused([FIXTURE, '-o', 'none/a.onnx'], /there is no directory .*none to put it in/);
      refused([FIXTURE, '-o', 'd', '--force'], /there is a directory in the way/);
      refused([FIXTURE, '-o', 'f/a.onnx'], /part of the path is a file/);
      expect(readdirSync(folder).sort()).toEqual(['d', 'f']);
    });
  });

  test.skipIf(process.platform === 'win32')(
    'leaves what was there, and nothing else, where a write fails',
    () => {
      writeFileSync(path.join(folder, 'a.onnx'), 'mine');
      const command = `ulimit -f 500; exec '${process.execPath}' '${BIN}' expose '${FIXTURE}' -o a.onnx --force`;
      const { status, stderr } = spawnSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8' });
      expect(stderr).toMatch(/cannot write/);
      expect(status).toBe(74);
      expect(readdirSync(folder)).toEqual(['a.onnx']);
      expect(readFileSync(path.join(folder, 'a.onnx'), 'utf8')).toBe('mine');
    },
  );

  test('says what -o takes where it is not given', () => {
    const { code, stderr } = neuroprobe(['expose', FIXTURE]);
    expect(code).toBe(2);
    expect(stderr).toContain('--output');
  });

  describe('of a model whose weights lie in a data file', () => {
    test('reads that file where it is, if written beside it', async () => {
      external(folder);
      const { stderr } = succeed(['expose', '.', '-o', 'a.onnx'], { cwd: folder });
      expect(stderr).toMatch(/must stay in this folder; --materialize copies them/);
      expect(readFileSync(path.join(folder, 'a.onnx')).length).toBeLessThan(500_000);
      await expectSame(path.join(folder, 'a.onnx'));
    });

    test('copies the weights where it is written elsewhere, and says so', async () => {
      mkdirSync(path.join(folder, 'm'));
      external(path.join(folder, 'm'));
      const { stderr } = succeed(['expose', 'm', '-o', 'a.onnx'], { cwd: folder });
      expect(stderr).toMatch(/data files are copied: ONNX Runtime reads none outside/);
      await expectSame(path.join(folder, 'a.onnx'));
    });

    test('copies them with --materialize, so that the file can be moved', async () => {
      const elsewhere = path.join(folder, 'elsewhere');
      mkdirSync(elsewhere);
      external(folder);
      const data = readFileSync(path.join(folder, 'weights.bin'));
      const { stderr } = succeed(['expose', 'model.onnx', '-o', 'a.onnx', '--materialize'], { cwd: folder });
      expect(stderr).toBe('');
      renameSync(path.join(folder, 'a.onnx'), path.join(elsewhere, 'a.onnx'));
      await expectSame(path.join(elsewhere, 'a.onnx'));
      expect(readFileSync(path.join(folder, 'weights.bin')).equals(data)).toBe(true);
    });

    test('copies a data file that is a link out of the folder, which ONNX Runtime would refuse', async () => {
      const [store, snapshot] = ['blobs', 'snapshots/1'].map((name) => path.join(folder, name)) as [
        string,
        string,
      ];
      for (const each of [store, snapshot]) mkdirSync(each, { recursive: true });
      external(store);
      for (const name of ['model.onnx', 'weights.bin']) {
        symlinkSync(path.join('../../blobs', name), path.join(snapshot, name));
      }
      succeed(['expose', snapshot, '-o', path.join(snapshot, 'a.onnx')], { cwd: folder });
      await expectSame(path.join(snapshot, 'a.onnx'));
    });
  });

  test('puts weights too large for one file into a data file, each at the start of a page', async () => {
    const chosen = chooseFrom(readModel(FIXTURE), ALL);
    const exposed = exposeChosen(chosen, { keepOutputs: false });
    const place = path.join(folder, 'a.onnx');
    const files = layOut(exposed, { folder: null, dataName: 'a.onnx.data', mostInside: 1e6 });
    const written = await writeExposed(
      [
        { path: `${place}.data`, pieces: files.data! },
        { path: place, pieces: files.model },
      ],
      new AbortController().signal,
    );
    expect(written.map(({ path: file, bytes: size }) => [file, size])).toEqual(
      [`${place}.data`, place].map((file) => [file, readFileSync(file).length]),
    );
    const large = [...readModel(place).graph.initializers.values()].filter(({ external: at }) => at !== null);
    expect(large.length).toBeGreaterThan(30);
    for (const { external: at } of large) {
      expect(at!.location).toBe('a.onnx.data');
      expect(at!.offset % 4096).toBe(0);
    }
    expect(readdirSync(folder).sort()).toEqual(['a.onnx', 'a.onnx.data']);
    await expectSame(place);
  });

  test('stops when it is told to, with nothing left behind', async () => {
    const exposed = exposeChosen(chooseFrom(readModel(FIXTURE), ALL), { keepOutputs: false });
    const { model } = layOut(exposed, { folder: null, dataName: '' });
    const stopped = writeExposed([{ path: path.join(folder, 'a.onnx'), pieces: model }], AbortSignal.abort());
    await expect(stopped).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describeWithShared('a model that no text feeds', ['graphs/vit-legacy-17.onnx'], () => {
  const folder = temporaryDirectory();
  const model = shared('graphs', 'vit-legacy-17.onnx');

  test('can be exposed', () => {
    const { stdout } = succeed(['expose', model, '-o', 'vit.onnx'], { cwd: folder });
    expect(stdout).toMatch(/inputs +pixel_values\n/);
  });

  test('can be inspected, with the reason why it cannot be profiled', () => {
    const { stdout, stderr } = succeed(['inspect', model]);
    expect(stdout).toMatch(/pixel_values .* no text gives it/);
    expect(stderr).toMatch(/not profiled: no text gives this model its inputs pixel_values/);
  });
});

/** Writes the fixture into a folder as model.onnx with its large weights in weights.bin. */
function external(folder: string): void {
  const model = readModel(FIXTURE);
  const { graph } = model;
  const data: Uint8Array[] = [];
  let offset = 0;
  const copy = (field: number, { message: { start, end } }: { message: { start: number; end: number } }) =>
    bytes(field, model.read(start, end));
  const parts = [
    ...graph.nodes.map((node) => copy(1, node)),
    ...[...graph.initializers.values()].map((tensor) => {
      const { name, dataType, dims, raw } = tensor;
      if (raw === null || raw.end - raw.start < 1000) return copy(5, tensor);
      const at = { location: 'weights.bin', offset, length: raw.end - raw.start };
      data.push(model.read(raw.start, raw.end));
      offset += at.length;
      return externalInitializer(name, dataType, dims, at);
    }),
    bytes(2, Buffer.from('graph')),
    ...graph.inputs.map((input) => copy(11, input)),
    ...graph.outputs.map((output) => copy(12, output)),
  ];
  writeFileSync(path.join(folder, 'model.onnx'), modelProto(model.irVersion, model.opsets, parts));
  writeFileSync(path.join(folder, 'weights.bin'), concat(data));
}
