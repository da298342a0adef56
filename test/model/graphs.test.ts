import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { buildModel } from '../../src/model/build-model.js';
import { noSites, searchSites } from '../../src/model/find-sites.js';
import type { Site } from '../../src/model/types.js';
import { viewGraph } from '../../src/onnx/graph-view.js';
import { openModel } from '../../src/model/open-model.js';
import { describeWithShared, shared } from '../support/shared.js';

interface Line {
  file: string;
  family: string;
  expect: 'sites' | 'refuse';
  reason?: string;
  groups?: Record<
    string,
    { layers: number; d_model: number; d_mlp: number[]; activation: string; gated: boolean }
  >;
  inputs?: Record<string, { dtype: string; shape: number[]; values: number[] }>;
  tolerance?: number;
  truth?: { file: string; sites: { group: string; shape: number[] }[]; compare?: string };
}

/** Graphs of many exporters (../shared/graphs/README.md). */
describeWithShared('the search', ['graphs/manifest.jsonl'], () => {
  const lines = readFileSync(shared('graphs', 'manifest.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

  test.each(lines.map((line) => [line.file, line] as const))(
    'reads %s as its manifest says',
    async (_, line) => {
      const path = shared('graphs', line.file);
      if (line.expect === 'refuse') {
        const error = refusal(path);
        expect(error.exit).toBe(69);
        return;
      }
      const view = viewGraph(openModel(path));
      const sites = searchSites(view, 'post');
      expect(summary(sites)).toEqual(line.groups);
      if (line.truth !== undefined) await compare(view, sites, line);
    },
  );
});

function refusal(path: string): UserError {
  try {
    const view = viewGraph(openModel(path));
    const sites = searchSites(view, 'post');
    throw sites.length === 0 ? noSites(view) : new Error(`found ${sites.length} sites`);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function summary(sites: readonly Site[]) {
  const groups: NonNullable<Line['groups']> = {};
  for (const { group, dModel, dMlp, activation, gated } of sites) {
    const known = (groups[group] ??= { layers: 0, d_model: dModel, d_mlp: [], activation, gated });
    known.layers++;
    known.d_mlp.push(dMlp);
  }
  return groups;
}

async function compare(
  view: ReturnType<typeof viewGraph>,
  sites: readonly Site[],
  { inputs, truth, tolerance }: Line,
): Promise<void> {
  const built = buildModel(view, sites);
  const session = await InferenceSession.create(built.modelBytes, {
    logSeverityLevel: 3,
    extra: { session: { model_external_initializers_file_folder_path: built.externalFolder } },
  });
  const feeds = Object.fromEntries(built.pruned.inputs.map(({ name }) => [name, tensorOf(inputs![name]!)]));
  const results = await session.run(feeds);
  const bytes = readFileSync(shared('graphs', truth!.file));
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const mask = truth!.compare?.includes('attention_mask 1') ? inputs!['attention_mask']?.values : undefined;
  let at = 0;
  truth!.sites.forEach(({ shape }, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const theirs = all.subarray(at, at + size);
    at += size;
    const ours = results[built.outputs[i]!]!.data as Float32Array;
    expect(ours.length).toBe(size);
    const width = shape.at(-1)!;
    let worst = 0;
    ours.forEach((value, k) => {
      const row = Math.floor(k / width);
      if (mask !== undefined && mask.length * width === size && mask[row] === 0) return;
      const error = Math.abs(value - theirs[k]!);
      worst = error > worst || Number.isNaN(error) ? error : worst;
    });
    expect(worst).toBeLessThanOrEqual(tolerance!);
  });
  await session.release();
}

function tensorOf({ dtype, shape, values }: { dtype: string; shape: number[]; values: number[] }): Tensor {
  switch (dtype) {
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(values.map(BigInt)), shape);
    case 'int32':
      return new Tensor('int32', Int32Array.from(values), shape);
    case 'bool':
      return new Tensor('bool', Uint8Array.from(values.map(Number)), shape);
    case 'float16':
      expect(values.every((value) => value === 0)).toBe(true);
      return new Tensor('float16', new Uint16Array(values.length), shape);
    default:
      return new Tensor('float32', Float32Array.from(values), shape);
  }
}
