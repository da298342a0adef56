import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Exit, UserError } from '../core/errors.js';
import { formatLayer } from '../core/neuron-name.js';
import { fillFeeds, type FedBatch } from './fill-feeds.js';
import type { Exposure } from './types.js';

/** A loaded model that gives out its neurons. */
export interface ModelSession {
  /**
   * Runs a batch. ONNX Runtime writes each output's activations straight into
   * its array of `into`: [sequences × length × d_mlp], row-major, padded rows included.
   */
  run(batch: FedBatch, into: readonly Float32Array[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Loads the exposed model.
 * @throws UserError: 69 where this ONNX Runtime cannot load it, 70 where it fails otherwise
 */
export async function openSession(
  exposure: Exposure,
  { threads, path }: { threads: number; path: string },
): Promise<ModelSession> {
  const session = await load(exposure, threads, path);
  const shapes = new OutputShapes(exposure, path);
  return {
    async run(batch, into) {
      const feeds = fillFeeds(exposure.feeds, batch);
      const dims = shapes.of(batch);
      try {
        if (dims === null) return shapes.learn(batch, into, await session.run(feeds));
        const fetches = Object.fromEntries(
          exposure.outputs.map(({ output }, i) => [output, new Tensor('float32', into[i]!, dims[i])]),
        );
        await session.run(feeds, fetches);
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError({
          what: `ONNX Runtime failed: ${reasonOf(error)}`,
          where: `${path}, a batch of ${batch.sequences.length} × ${batch.length} tokens`,
          todo: 'if memory ran out, try a smaller --batch-tokens, a shorter --context or fewer --workers',
          exit: Exit.RUNTIME,
          cause: error,
        });
      }
    },
    close: () => session.release(),
  };
}

async function load(exposure: Exposure, threads: number, path: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(exposure.modelBytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Patterns are kept for every shape that was ever seen: memory would grow with the corpus.
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: { session: { model_external_initializers_file_folder_path: exposure.externalFolder } },
    });
  } catch (error) {
    throw new UserError({
      what: `this ONNX Runtime cannot load the model: ${reasonOf(error)}`,
      where: path,
      todo: 'if it names an operator or opset, export for an opset that it knows, or update onnxruntime-node',
      exit: Exit.MODEL,
      cause: error,
    });
  }
}

/** How the graph lays out each output: found at the first run, for no graph need say it. */
class OutputShapes {
  private readonly exposure: Exposure;
  private readonly path: string;
  /** Whether output i is [batch, sequence, d_mlp] (true) or [batch · sequence, d_mlp]; null before the first run. */
  private split: boolean[] | null = null;

  constructor(exposure: Exposure, path: string) {
    this.exposure = exposure;
    this.path = path;
  }

  of({ sequences, length }: FedBatch): number[][] | null {
    if (this.split === null) return null;
    return this.exposure.outputs.map(({ site }, i) =>
      this.split![i]! ? [sequences.length, length, site.dMlp] : [sequences.length * length, site.dMlp],
    );
  }

  /** Takes the shapes from a first run that was not told where to write, and its values. */
  learn(batch: FedBatch, into: readonly Float32Array[], results: InferenceSession.OnnxValueMapType): void {
    this.split = this.exposure.outputs.map(({ site, output }, i) => {
      const { data, dims } = results[output] as Tensor;
      const rows = batch.sequences.length * batch.length;
      const split = dims.length === 3 && dims[0] === batch.sequences.length && dims[1] === batch.length;
      if (dims.at(-1) !== site.dMlp || !(split || (dims.length === 2 && dims[0] === rows))) {
        throw new UserError({
          what: `${formatLayer(site.group, site.layer)} gives a tensor of shape [${dims.join(', ')}], not [batch, sequence, ${site.dMlp}]`,
          where: `${this.path}, tensor "${site.tensor}"`,
          todo: 'name the layers that can be read with --layers',
          exit: Exit.MODEL,
        });
      }
      into[i]!.set(data as Float32Array);
      return split;
    });
  }
}

/** The sentence of a native error, in one line. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, ' ').trim().slice(0, 400);
}
