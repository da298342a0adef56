import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/cli.js';
import { fixture, speeches } from '../support/fixtures.js';
import { runBare, runProfile, writeJobs } from './programs.js';

const folder = temporaryDirectory();

test('the benchmark runs a profile, and the bare forward pass over its batches', async () => {
  const model = fixture('llama-shakespeare');
  const corpus = path.join(folder, 'speeches.jsonl');
  const records = speeches().slice(0, 40);
  writeFileSync(corpus, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const file = path.join(model, 'model.onnx');
  const withHead = { model: file, quiet: file, noCopy: null, outputs: [{ name: 'logits', width: 1024 }] };
  const jobs = await writeJobs(model, corpus, folder, { withHead, blockSize: 4096 });
  const { batches } = JSON.parse(readFileSync(jobs.bare, 'utf8')) as { batches: number[][][] };
  const fed = batches.flat().reduce((sum, ids) => sum + ids.length, 0);
  const told = (await runProfile(model, corpus, path.join(folder, 'bench.profile'), [
    '--block-size',
    '4096',
  ])) as unknown as {
    fed_tokens: number;
    rate: number;
  };
  expect(Math.round(told.fed_tokens * (1 - jobs.padding))).toBe(fed);
  expect(jobs.activationsPerToken).toBe(1300);
  expect(told.rate).toBeGreaterThan(0);
  for (const job of [jobs.bare, jobs.withHead, jobs.withHeadBest])
    expect(await runBare(job)).toBeGreaterThan(0);
});
