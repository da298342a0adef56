import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { buildModel } from '../../src/model/build-model.js';
import { noSites, searchSites } from '../../src/model/find-sites.js';
import { openModel } from '../../src/model/open-model.js';
import type { Site } from '../../src/model/types.js';
import { viewGraph } from '../../src/onnx/graph-view.js';
import { fixture } from '../support/fixtures.js';
import { feedsOf, givesTruth, graphLines, worstErrors, type GraphLine } from '../support/graphs.js';
import { describeWithShared, shared } from '../support/shared.js';

describe('the search, on the graphs of fixtures/', () => suite(fixture('graphs')));
describeWithShared('the search, on graphs of many exporters', ['graphs/manifest.jsonl'], () =>
  suite(shared('graphs')),
);

/** Every line of a folder's manifest (its README explains the fields): layers, widths, groups, activations, values. */
function suite(folder: string): void {
  const table: string[] = [];

  test.each(graphLines(folder).map((line) => [line.file, line] as const))(
    'reads %s as its manifest says',
    async (_, line) => {
      const file = path.join(folder, line.file);
      if (line.expect === 'refuse') {
        const error = refusal(file);
        table.push(
          `${line.file}: refused (${line.reason ?? ''}): ${error.trouble.what}; ${error.trouble.todo}`,
        );
        expect(error.exit).toBe(69);
        if (line.file in REASONS) expect(error.message).toMatch(REASONS[line.file]!);
        return;
      }
      const view = viewGraph(openModel(file));
      const sites = searchSites(view, 'post');
      expect(summary(sites)).toEqual(line.groups);
      const worst = line.truth === undefined ? null : await compare(view, sites, line, folder);
      const layers = Object.entries(summary(sites)).map(
        ([group, { layers, d_model, d_mlp, activation, gated }]) =>
          `${group === '' ? '' : `${group} `}${layers} × ${d_model} → ${[...new Set(d_mlp)].join('/')} ${activation}${gated ? ' gated' : ''}`,
      );
      table.push(
        `${line.file}: ${layers.join(', ')}${worst === null ? '' : `; off by ${worst.toExponential(1)} of ${line.tolerance!}`}`,
      );
      if (worst !== null && givesTruth(line)) expect(worst).toBeLessThanOrEqual(line.tolerance!);
    },
  );

  afterAll(() => console.log(table.join('\n')));
}

/** What the refusal of each has to say. */
const REASONS: Record<string, RegExp> = {
  'refuse-cnn.onnx': /only transformers have such FFNs/,
  'refuse-lstm.onnx': /recurrent net \(LSTM\)/,
  'refuse-moe-op.onnx': /mixture of experts \(inside the operator/,
  'refuse-attention-only.onnx': /it has attention, but no projection up/,
  'refuse-empty.onnx': /this file is empty/,
  'refuse-text.onnx': /not an ONNX model/,
  'refuse-truncated.onnx': /cut short/,
  'refuse-lfs-pointer.onnx': /Git LFS pointer/,
};

function refusal(file: string): UserError {
  try {
    const view = viewGraph(openModel(file));
    const sites = searchSites(view, 'post');
    throw sites.length === 0 ? noSites(view) : new Error(`found ${sites.length} sites`);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function summary(sites: readonly Site[]) {
  const groups: NonNullable<GraphLine['groups']> = {};
  for (const { group, dModel, dMlp, activation, gated } of sites) {
    const known = (groups[group] ??= { layers: 0, d_model: dModel, d_mlp: [], activation, gated });
    known.layers++;
    known.d_mlp.push(dMlp);
  }
  return groups;
}

/** Largest difference of the exposed activations from the truth. */
async function compare(
  view: ReturnType<typeof viewGraph>,
  sites: readonly Site[],
  line: GraphLine,
  folder: string,
): Promise<number> {
  const built = buildModel(view, sites);
  const session = await InferenceSession.create(built.modelBytes, {
    logSeverityLevel: 3,
    extra: { session: { model_external_initializers_file_folder_path: built.externalFolder } },
  });
  const names = built.pruned.inputs.map(({ name }) => name);
  const results = await session.run(feedsOf(names, line.inputs!), built.outputs);
  const outputs = built.outputs.map((name) => results[name]!.data as Float32Array);
  await session.release();
  return Math.max(...worstErrors(outputs, line, folder));
}
