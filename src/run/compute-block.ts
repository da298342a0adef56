import { layerAccumulator, type LayerState } from '../accumulate/layer-state.js';
import type { Batch } from '../accumulate/accumulator.js';
import { windowExtremes } from '../accumulate/window-extremes.js';
import { parseRecords } from '../corpus/parse-records.js';
import type { Block } from '../corpus/types.js';
import { openSession, type ModelSession } from '../model/session.js';
import { cutDecoderWindows, cutWindows } from '../tokens/windows.js';
import { makeDocument } from '../tokens/document.js';
import { openTokenizer, type TokenizerHandle } from '../tokens/tokenizer.js';
import type { Window } from '../tokens/types.js';
import { planBatches, type BatchPlan } from './batches.js';
import type { BlockSummary, WorkerSetup } from './messages.js';
import { countedRuns, placeOf, textKeyOf } from './window-places.js';

export interface BlockComputer {
  /** One state for each output of the exposure: all blocks computed so far. */
  layers: LayerState[];
  /** Takes a block through the model into `layers`. Throws UserError where a record or the model is at fault. */
  compute(block: Block): Promise<BlockSummary>;
  close(): Promise<void>;
}

/**
 * One worker's share of a run: records → ids → windows → batches → model → accumulators.
 * @param onCounted told the counted tokens of each batch when it is done
 */
export async function openBlockComputer(
  setup: WorkerSetup,
  onCounted: (tokens: number) => void,
): Promise<BlockComputer> {
  const { exposure, accumulators } = setup;
  const tokenizer = setup.tokenizer === null ? null : await openTokenizer(setup.tokenizer);
  const session = await openSession(exposure, { threads: setup.threads, path: setup.model });
  const accumulator = layerAccumulator(accumulators);
  const kept = exposure.outputs.map(({ site }, i) => setup.columns[i]?.length ?? site.dMlp);
  const layers = kept.map((neurons) => accumulator.empty(neurons));
  const buffers = new OutputBuffers(exposure.outputs.map(({ site }) => site.dMlp));

  async function compute(block: Block): Promise<BlockSummary> {
    const { windows, documents } = windowsOf(block, setup, tokenizer);
    const textKeys =
      accumulators.distinct === 'text'
        ? new Map(windows.map(({ document }) => [document, textKeyOf(document)]))
        : null;
    const plans = planBatches(
      windows.map(({ ids }) => ids.length),
      { ...exposure, batchTokens: setup.batchTokens, rule: exposure.batchRule },
    );
    const summary: BlockSummary = { documents, windows: windows.length, countedTokens: 0, fedTokens: 0 };
    for (const plan of plans) {
      const chosen = plan.windows.map((w) => windows[w]!);
      const rows = await forward(session, buffers, chosen, plan, exposure.fixedBatch);
      const runs = countedRuns(chosen);
      const places = chosen.map((window) => placeOf(window, textKeys?.get(window.document) ?? ''));
      rows.activations.forEach((activations, i) => {
        const columns = setup.columns[i] ?? null;
        const batch: Batch = {
          activations:
            columns === null ? activations : gather(activations, exposure.outputs[i]!.site.dMlp, columns),
          neurons: kept[i]!,
          length: plan.length,
          runs,
          places,
          windows: windowExtremes(places.length, kept[i]!),
        };
        accumulator.add(layers[i]!, batch);
      });
      const counted = chosen.reduce((sum, window) => sum + window.counted.reduce((a, b) => a + b, 0), 0);
      summary.countedTokens += counted;
      summary.fedTokens += rows.sequences * plan.length;
      onCounted(counted);
    }
    return summary;
  }

  return { layers, compute, close: () => session.close() };
}

/** The windows of a block's records in the order of the corpus. */
function windowsOf(
  block: Block,
  { files, fields, exposure, context, countSpecial }: WorkerSetup,
  tokenizer: TokenizerHandle | null,
): { windows: Window[]; documents: number } {
  const path = files[block.file]!;
  const windows: Window[] = [];
  let documents = 0;
  for (const record of parseRecords(block, path, fields)) {
    const document = makeDocument(record, tokenizer, exposure.vocabulary, path);
    documents++;
    const settings = { context, countSpecial };
    windows.push(
      ...(exposure.decodes
        ? cutDecoderWindows(document, tokenizer, settings, path)
        : cutWindows(document, tokenizer, settings)),
    );
  }
  return { windows, documents };
}

/** Runs a batch; where the graph fixes the number of windows, the last is repeated to fill it and not counted. */
async function forward(
  session: ModelSession,
  buffers: OutputBuffers,
  windows: Window[],
  plan: BatchPlan,
  fixedBatch: number | null,
): Promise<{ activations: Float32Array[]; sequences: number }> {
  const sequences = windows.map(({ ids, attentionMask, source }) => ({
    ids,
    attentionMask,
    source: source ?? null,
  }));
  while (fixedBatch !== null && sequences.length < fixedBatch) sequences.push(sequences.at(-1)!);
  const activations = buffers.of(sequences.length * plan.length);
  await session.run({ sequences, length: plan.length }, activations);
  return { activations, sequences: sequences.length };
}

/** Memory that the model writes into, kept from batch to batch and grown to the largest. */
class OutputBuffers {
  private readonly widths: number[];
  private buffers: Float32Array[] = [];
  private rows = 0;

  /** @param widths neurons of each output */
  constructor(widths: number[]) {
    this.widths = widths;
  }

  /** One array of rows × neurons for each output. */
  of(rows: number): Float32Array[] {
    if (rows > this.rows) {
      this.rows = rows;
      this.buffers = this.widths.map((width) => new Float32Array(rows * width));
    }
    return this.buffers.map((buffer, i) => buffer.subarray(0, rows * this.widths[i]!));
  }
}

/** The columns of a row-major [rows × width] array, packed. */
function gather(activations: Float32Array, width: number, columns: Int32Array): Float32Array {
  const rows = activations.length / width;
  const packed = new Float32Array(rows * columns.length);
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (const column of columns) packed[at++] = activations[row * width + column]!;
  return packed;
}
