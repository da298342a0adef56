import { layerAccumulator, type LayerState } from '../accumulate/layer-state.js';
import { parseRecords } from '../corpus/parse-records.js';
import type { Block } from '../corpus/types.js';
import { openKernel } from '../kernel/open-kernel.js';
import type { Sequence } from '../model/fill-feeds.js';
import { openSession } from '../model/session.js';
import { cutDecoderWindows, cutWindows } from '../tokens/windows.js';
import { makeDocument } from '../tokens/document.js';
import { openTokenizer, type TokenizerHandle } from '../tokens/tokenizer.js';
import type { Window } from '../tokens/types.js';
import { planBatches } from './batches.js';
import type { BlockSummary, WorkerSetup } from './messages.js';
import { countedRuns, placeOf, textKeyOf } from './window-places.js';

export interface BlockComputer {
  /** Takes a block through the model into `layers`. Throws UserError where a record or the model is at fault. */
  compute(block: Block): Promise<BlockSummary>;
  /** One state for each output of the exposure: all blocks computed so far. */
  states(): LayerState[];
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
  const kept = exposure.outputs.map(({ site }, i) => setup.columns[i]?.length ?? site.dMlp);
  const layers = kept.map((neurons) => layerAccumulator(accumulators).empty(neurons));
  const largest = largestBatch(setup);
  const kernel = openKernel({ settings: accumulators, neurons: kept, ...largest });
  // Where only some columns are kept, the model's output has a place of its own.
  const wide = exposure.outputs.map(({ site }, i) =>
    setup.columns[i] == null ? null : new Float32Array(largest.rows * site.dMlp),
  );

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
      const sequences = sequencesOf(chosen, exposure.fixedBatch);
      const rows = sequences.length * plan.length;
      const outputs = exposure.outputs.map(
        ({ site }, i) => wide[i]?.subarray(0, rows * site.dMlp) ?? kernel.activations(i, rows),
      );
      await session.run({ sequences, length: plan.length }, outputs);
      const runs = countedRuns(chosen);
      const places = chosen.map((window) => placeOf(window, textKeys?.get(window.document) ?? ''));
      layers.forEach((state, i) => {
        const columns = setup.columns[i] ?? null;
        if (columns !== null)
          gather(outputs[i]!, exposure.outputs[i]!.site.dMlp, columns, kernel.activations(i, rows));
        kernel.add(i, state, { length: plan.length, runs, places });
      });
      const counted = chosen.reduce((sum, window) => sum + window.counted.reduce((a, b) => a + b, 0), 0);
      summary.countedTokens += counted;
      summary.fedTokens += rows;
      onCounted(counted);
    }
    return summary;
  }

  const states = () => {
    layers.forEach((state, i) => kernel.flush(i, state));
    return layers;
  };
  return { compute, states, close: () => session.close() };
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

/** Rows and windows that any batch of these settings has at most. */
function largestBatch({ exposure, context, batchTokens }: WorkerSetup): { rows: number; windows: number } {
  const { fixedBatch, fixedSequence } = exposure;
  const rows = Math.max(batchTokens, (fixedBatch ?? 1) * Math.max(context, fixedSequence ?? 0));
  return { rows, windows: fixedBatch ?? (exposure.batchRule === 'single' ? 1 : rows) };
}

/** What goes through the model; where the graph fixes the number of windows, the last is repeated to fill it and not counted. */
function sequencesOf(windows: readonly Window[], fixedBatch: number | null): Sequence[] {
  const sequences = windows.map(({ ids, attentionMask, source }) => ({
    ids,
    attentionMask,
    source: source ?? null,
  }));
  while (fixedBatch !== null && sequences.length < fixedBatch) sequences.push(sequences.at(-1)!);
  return sequences;
}

/** Some columns of a row-major [rows × width] array, packed into another. */
function gather(activations: Float32Array, width: number, columns: Int32Array, into: Float32Array): void {
  let at = 0;
  for (let row = 0; row < activations.length; row += width) {
    for (const column of columns) into[at++] = activations[row + column]!;
  }
}
