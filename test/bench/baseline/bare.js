/*
 * The bare forward pass that `npm run bench` compares with: batches go through ONNX Runtime, and nothing is
 * kept. As fast as we know how: one session a worker, outputs written into arrays made once and never copied,
 * batches handed out one by one. It uses nothing of neuroprobe's own, and is frozen: a test holds its SHA-256,
 * so that a slower baseline cannot flatter.
 *
 *     node bare.js JOB.json        prints {"tokens", "seconds"}
 *
 * JOB: model (path), externalFolder (null: the model's), noCopy (an output that is no tensor; asked for first, it
 * keeps the binding from copying the others; or null), outputs ([{name, width}]; null: all, made anew by each run),
 * workers, threads, batches ([[ids, …], …]: the windows of each batch).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

if (isMainThread) await main();
else await work(workerData);

async function main() {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const next = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from(
    { length: job.workers },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: { job, next } }),
  );
  const heard = (of) =>
    Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)).then(of)));
  await heard(() => {});
  const started = performance.now();
  const done = heard(() => {});
  for (const worker of workers) worker.postMessage('start');
  await done;
  const seconds = (performance.now() - started) / 1000;
  const tokens = job.batches.flat().reduce((sum, ids) => sum + ids.length, 0);
  console.log(JSON.stringify({ tokens, seconds }));
  for (const worker of workers) worker.postMessage('end');
}

async function work({ job, next }) {
  const { batches, outputs, noCopy } = job;
  const session = await open(job);
  const feeds = batches.map(feedsOf);
  const rows = Math.max(...feeds.map(({ shape: [windows, length] }) => windows * length));
  const arrays = outputs?.map(({ width }) => new Float32Array(rows * width));
  const run = async ({ tensors, shape: [windows, length] }) => {
    if (outputs === null) return session.run(tensors);
    const fetches = noCopy === null ? {} : { [noCopy]: null };
    outputs.forEach(({ name, width }, i) => {
      const array = arrays[i].subarray(0, windows * length * width);
      fetches[name] = new Tensor('float32', array, [windows, length, width]);
    });
    try {
      await session.run(tensors, fetches);
    } catch (error) {
      if (noCopy === null || !/^Non tensor type/.test(error.message)) throw error;
    }
  };
  await run(feeds[0]);
  parentPort.postMessage('ready');
  await new Promise((resolve) => parentPort.once('message', resolve));
  for (let i = Atomics.add(next, 0, 1); i < feeds.length; i = Atomics.add(next, 0, 1)) await run(feeds[i]);
  parentPort.postMessage('done');
  await new Promise((resolve) => parentPort.once('message', resolve));
  parentPort.close();
}

function open({ model, externalFolder, threads }) {
  const options = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
  if (externalFolder === null) return InferenceSession.create(model, options);
  const extra = { session: { model_external_initializers_file_folder_path: externalFolder } };
  return InferenceSession.create(new Uint8Array(readFileSync(model)), { ...options, extra });
}

/** A batch's windows, padded at their ends, and their mask. */
function feedsOf(windows) {
  const length = Math.max(...windows.map((ids) => ids.length));
  const shape = [windows.length, length];
  const ids = new BigInt64Array(windows.length * length);
  const mask = new BigInt64Array(windows.length * length);
  windows.forEach((window, w) =>
    window.forEach((id, i) => {
      ids[w * length + i] = BigInt(id);
      mask[w * length + i] = 1n;
    }),
  );
  const tensors = {
    input_ids: new Tensor('int64', ids, shape),
    attention_mask: new Tensor('int64', mask, shape),
  };
  return { shape, tensors };
}
