import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { layerBytes } from '../../src/profile/state/layer-bytes.js';
import { StateFile } from '../../src/profile/state/state-file.js';
import { readShare } from '../../src/run/block-reader.js';
import { columnsOf } from '../../src/run/columns.js';
import { openBlockComputer, type BlockComputer } from '../../src/run/compute-block.js';
import { withDefaults } from '../../src/run/defaults.js';
import { hashFiles } from '../../src/run/hash-files.js';
import { identityOf } from '../../src/run/identity.js';
import { takeLock } from '../../src/run/lock.js';
import type { Work } from '../../src/run/messages.js';
import { planRun, type RunPlan } from '../../src/run/plan.js';
import { buffersOf } from '../../src/run/transfer.js';
import { workerSetup } from '../../src/run/worker-setup.js';
import { temporaryDirectory } from '../support/cli.js';
import { fixture, speeches } from '../support/fixtures.js';

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a worker that is asked for a checkpoint', () => {
  const folder = temporaryDirectory();
  const corpus = path.join(folder, 'corpus.jsonl');
  let plan: RunPlan;
  let works: Work[];

  beforeAll(async () => {
    writeFileSync(
      corpus,
      speeches()
        .map((speech) => `${JSON.stringify(speech)}\n`)
        .join(''),
    );
    const asked = { model: fixture('llama-shakespeare'), corpus: [corpus], top: 3, blockSize: 4096 };
    plan = await planRun(withDefaults({ ...asked, batchTokens: 300, output: path.join(folder, 'out') }));
    works = [];
    for await (const block of readShare(plan))
      works.push({ sequence: works.length, block, from: 0, to: null });
    expect(works.length).toBeGreaterThan(3);
  });

  /** A computer with a folder of its own for checkpoints. */
  async function open(name: string, onCounted = () => {}): Promise<{ computer: BlockComputer; at: string }> {
    const at = path.join(folder, name);
    mkdirSync(at);
    const files = await Promise.all([hashFiles(plan.modelFiles), hashFiles(plan.tokenizerFiles)]);
    const identity = identityOf(plan, { model: files[0], tokenizer: files[1] });
    const lock = await takeLock(at);
    const checkpoint = { folder: at, life: 1, identity, lock: { path: lock.path, token: lock.token } };
    const setup = { ...workerSetup(plan), checkpoint, worker: 0, resume: [], session: null, sampleBar: null };
    return { computer: await openBlockComputer(setup, onCounted), at };
  }

  /** Blocks that the checkpoint on disk covers, and the hashes of all its layers. */
  async function saved(at: string): Promise<{ blocks: unknown; layers: string[] }> {
    const file = await StateFile.open(path.join(at, '1-0.state'));
    const layers = await Promise.all(plan.exposure.outputs.map((_, i) => file.layer(i)));
    return { blocks: file.header.covered.blocks, layers: layers.map(hashOf) };
  }

  const hashesOf = (computer: BlockComputer) =>
    computer.finish().map((state, i) => hashOf(layerBytes(state, columnsOf(plan)[i]!)));

  const copy = (i: number): Work => structuredClone(works[i]!);

  test('saves what its whole blocks gave', async () => {
    const { computer, at } = await open('whole');
    await computer.compute(copy(0));
    await computer.compute(copy(1));
    expect(await computer.checkpoint()).toBe(2);
    const { blocks, layers } = await saved(at);
    expect(blocks).toEqual([[0, 2]]);
    expect(layers).toEqual(hashesOf(computer));
    await computer.close();
  });

  test('saves nothing any more once a block failed half-way', async () => {
    let batches = 0;
    let failAt = Infinity;
    const { computer, at } = await open('failed', () => {
      if (++batches === failAt) throw new Error('stopped in the middle');
    });
    await computer.compute(copy(0));
    expect(await computer.checkpoint()).toBe(1);
    const before = await saved(at);
    failAt = batches + 2;
    await expect(computer.compute(copy(1))).rejects.toThrow('stopped in the middle');
    await computer.compute(copy(2));
    expect(await computer.checkpoint()).toBe(1);
    expect(await saved(at)).toEqual(before);
    await computer.close();
  });

  test('saves nothing any more once it gave its state away', async () => {
    const { computer, at } = await open('given');
    await computer.compute(copy(0));
    expect(await computer.checkpoint()).toBe(1);
    const before = await saved(at);
    await computer.compute(copy(1));
    structuredClone(null, { transfer: buffersOf(computer.finish()) });
    expect(await computer.checkpoint()).toBe(1);
    expect(await saved(at)).toEqual(before);
    await computer.close();
  });

  test('saves nothing any more once it gave away a part of a block', async () => {
    let given: Work | null = null;
    let onBatch = () => {};
    const { computer, at } = await open('shared', () => onBatch());
    onBatch = () => (given ??= computer.split()) as never;
    await computer.compute(copy(0));
    expect(given).not.toBeNull();
    expect(await computer.checkpoint()).toBe(0);
    expect(readdirSync(at)).toEqual([]);
    await computer.close();
  });
});
