import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { Exit, UserError } from '../core/errors.js';
import { deviceTrouble, type Device } from './device.js';
import { fillFeeds, type FedBatch } from './fill-feeds.js';
import { endedBeforeCopies } from './no-copy.js';
import { learnLayouts, shapeOf } from './output-layout.js';
import type { EncoderFile, Exposure } from './types.js';

/** The result of a run whose outputs stand in the arrays that it was given. */
const WRITTEN: InferenceSession.OnnxValueMapType = {};

/** How a session runs. */
export interface SessionOptions {
  threads: number;
  device: Device;
}

/** A loaded model that gives out its neurons. */
export interface ModelSession {
  /**
   * Runs a batch. ONNX Runtime writes each output's activations straight into
   * its array of `into`, `factors` behind `outputs`: [sequences × length × d_mlp], row-major, padded rows included.
   */
  run(batch: FedBatch, into: readonly Float32Array[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Loads the exposed model, and finds out how it lays out its outputs.
 * @throws UserError: 69 where this ONNX Runtime cannot load it or its outputs are
 * laid out in no way that we can read, 70 where it fails otherwise
 */
export async function openSession(
  exposure: Exposure,
  { path, ...how }: SessionOptions & { path: string },
): Promise<ModelSession> {
  const session = await load(exposure, how, path);
  const encoder = exposure.encoder === null ? null : await openEncoder(exposure.encoder, how);
  const outputs = [...exposure.outputs, ...(exposure.factors ?? [])];
  const names = outputs.map(({ output }) => output);
  const forward = async (batch: FedBatch, fetches: InferenceSession.FetchesType, quiet = false) => {
    try {
      const feeds = fillFeeds(exposure.feeds, batch, encoder === null ? null : await encoder.run(batch));
      // Apart from what may fail before it: only the model itself has the output that ends a run.
      return await session.run(feeds, fetches).catch((error: unknown) => {
        if (quiet && endedBeforeCopies(error)) return WRITTEN;
        throw error;
      });
    } catch (error) {
      throw new UserError({
        what: `ONNX Runtime failed: ${reasonOf(error)}`,
        where: `${path}, a batch of ${batch.sequences.length} × ${batch.length} tokens`,
        todo: 'if memory ran out, try a smaller --batch-tokens, a shorter --context or fewer --workers',
        exit: Exit.RUNTIME,
        cause: error,
      });
    }
  };
  const layouts = await learnLayouts({ ...exposure, outputs }, path, async (batch) => {
    const results = await forward(batch, names);
    return names.map((name) => results[name] as Tensor);
  });
  return {
    async run(batch, into) {
      const fetches: Record<string, Tensor | null> =
        exposure.noCopy === null ? {} : { [exposure.noCopy]: null };
      outputs.forEach(({ site, output }, i) => {
        fetches[output] = new Tensor('float32', into[i]!, shapeOf(layouts[i]!, batch, site.dMlp));
      });
      await forward(batch, fetches, exposure.noCopy !== null);
    },
    async close() {
      await session.release();
      await encoder?.close();
    },
  };
}

/** The encoder of a decoder that lies in a file of its own. */
async function openEncoder({ path, feeds, output }: EncoderFile, how: SessionOptions) {
  const session = await create(path, how, path);
  return {
    async run({ sequences }: FedBatch): Promise<Tensor> {
      const sources = sequences.map(({ source }) => ({ ids: source!, attentionMask: null, source: null }));
      const results = await session.run(
        fillFeeds(feeds, { sequences: sources, length: sources[0]!.ids.length }),
        [output],
      );
      return results[output] as Tensor;
    },
    close: () => session.release(),
  };
}

function load(exposure: Exposure, how: SessionOptions, path: string): Promise<InferenceSession> {
  const extra = { session: { model_external_initializers_file_folder_path: exposure.externalFolder } };
  return create(exposure.modelBytes, how, path, extra);
}

async function create(
  model: Uint8Array | string,
  { threads, device }: SessionOptions,
  path: string,
  extra?: Record<string, unknown>,
): Promise<InferenceSession> {
  // A provider that is missing is told by us; ONNX Runtime would print it twice before.
  if (device !== 'cpu') env.logLevel = 'fatal';
  const options: InferenceSession.SessionOptions = {
    // Alone: with another behind it, one that is missing would be left out, and only a warning tell.
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Patterns are kept for every shape that was ever seen: memory would grow with the corpus.
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(extra === undefined ? {} : { extra }),
  };
  try {
    return await (typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options));
  } catch (error) {
    const trouble = deviceTrouble(device, error);
    if (trouble !== null) throw trouble;
    throw new UserError({
      what: `this ONNX Runtime cannot load the model: ${reasonOf(error)}`,
      where: path,
      todo: 'if it names an operator or opset, export for an opset that it knows, or update onnxruntime-node',
      exit: Exit.MODEL,
      cause: error,
    });
  }
}

/** The sentence of a native error, in one line. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, ' ').trim().slice(0, 400);
}
