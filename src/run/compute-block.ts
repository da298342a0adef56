import { rm } from 'node:fs/promises';
import type { Accumulator } from '../accumulate/accumulator.js';
import { addWindowless } from '../accumulate/concepts.js';
import { addWindowlessSpans } from '../accumulate/spans.js';
import { layerAccumulator, type LayerState } from '../accumulate/layer-state.js';
import { placeInFile } from '../corpus/read-trouble.js';
import { openKernel } from '../kernel/open-kernel.js';
import { openSession } from '../model/session.js';
import { openTokenizer } from '../tokens/tokenizer.js';
import { readLayer } from '../profile/state/layer-bytes.js';
import { StateFile } from '../profile/state/state-file.js';
import { rejectBytes, rejectsDigest, type Reject } from '../profile/rejects.js';
import type { SpoolMark } from '../profile/state/types.js';
import { batchesOf, type Batch, type BlockBatches } from './block-batches.js';
import { DocumentSampler } from './document-sampler.js';
import { spoolFile } from './partial.js';
import { columnsOf } from './columns.js';
import { cutBatches } from './cut-batches.js';
import { openServedSession } from './served/session-client.js';
import { sessionOptions } from './served/session-options.js';
import { factorRoom } from './factor-room.js';
import { gather } from './gather.js';
import { Covered } from './covered.js';
import { crashPoint, journal } from './journal.js';
import { EMPTY_SUMMARY, type BlockSummary, type Spooled, type Work, type WorkerSetup } from './messages.js';
import { capSettings, LabelCap, labelNamesOf, spanLabelNames } from './label-cap.js';
import { saveCheckpoint } from './save-checkpoint.js';
import { Spool, type SpoolKind } from './spool.js';
import { WindowDump } from './window-dump.js';
import { countedRuns, placeOf, textKeyOf } from './window-places.js';

export interface BlockComputer {
  /** Takes a block through the model into `layers`. Throws UserError where a record or the model is at fault. */
  compute(work: Work): Promise<BlockSummary>;
  /** Gives away some half of the batches that the work under way has not begun, its last ones; null where it has none. */
  split(): Work | null;
  /**
   * Saves what all finished blocks gave, unless some of it is of a block that others share: whose parts are in
   * several states cannot be in a checkpoint of one.
   * @returns blocks that the checkpoint on disk holds, of those that this worker was given
   */
  checkpoint(): Promise<number>;
  /** Gives away all that was computed, one state for each output of the exposure: nothing is saved any more. */
  finish(): LayerState[];
  /** Merges two states of a layer, of any workers, into the first. */
  merge(into: LayerState, from: LayerState): void;
  /** What its blocks gave that is not in the states. */
  spooled(): Spooled;
  close(): Promise<void>;
}

/**
 * One worker's share of a run: records → ids → windows → batches → model → accumulators.
 * @param onCounted told of each batch, when it is done, its counted tokens and its share of the block's records
 */
export async function openBlockComputer(
  setup: WorkerSetup,
  onCounted: (tokens: number, records: number) => void,
): Promise<BlockComputer> {
  const { exposure, accumulators } = setup;
  const tokenizer = setup.tokenizer === null ? null : await openTokenizer(setup.tokenizer);
  const session =
    setup.session === null
      ? await openSession(exposure, sessionOptions(setup))
      : await openServedSession(setup.session);
  const kept = exposure.outputs.map(({ site }, i) => setup.columns[i]?.length ?? site.dMlp);
  const accumulator = layerAccumulator(accumulators);
  const { layers, covered, inherited } = await resumed(setup, accumulator, kept);
  const capped = capSettings(accumulators);
  const labels = capped === null ? null : new LabelCap(capped);
  labels?.add(labelNamesOf(layers[0]!, accumulators), '--max-labels');
  const largest = largestBatch(setup);
  const kernel = openKernel({ settings: accumulators, neurons: kept, ...largest });
  // Where only some columns are kept, the model's output has a place of its own.
  const wide = exposure.outputs.map(({ site }, i) =>
    setup.columns[i] == null ? null : new Float32Array(largest.rows * site.dMlp),
  );

  const factors = factorRoom(exposure, setup.columns, largest.rows);

  const spoolOf = (kind: SpoolKind) => new Spool(spoolFile(setup.checkpoint, setup.worker, kind));
  const spools = { rejects: spoolOf('rejects'), documents: spoolOf('documents'), dump: spoolOf('dump') };
  const sampler = setup.sampleBar === null ? null : new DocumentSampler(accumulators.seed, setup.sampleBar);
  const dump =
    setup.dumpAbove === null ? null : new WindowDump(columnsOf(setup), setup.dumpAbove, spools.dump);
  let given = 0;
  let saved = 0;
  /** Whether `layers` hold anything but all of some blocks: parts, a block that failed, nothing as it was given away. */
  let impure = false;
  /** What `compute` is at: of the batches of `work`, [next, to) are not begun. */
  let underWay: { work: Work; batches: readonly Batch[]; next: number; to: number } | null = null;

  async function compute(work: Work): Promise<BlockSummary> {
    if (work.from > 0) impure = true;
    journal('begin', work);
    try {
      const { summary, rejects } = await computeBatches(work);
      if (work.from === 0) {
        spools.rejects.append(rejects.map(rejectBytes));
        covered.addBlock(work.block);
        given++;
      }
      covered.addCounts(summary);
      journal('end', work);
      return summary;
    } catch (error) {
      impure = true;
      throw error;
    } finally {
      underWay = null;
    }
  }

  async function computeBatches(work: Work): Promise<{ summary: BlockSummary; rejects: Reject[] }> {
    const began = performance.now();
    const block = batchesOf(work.block, setup, tokenizer);
    const { batches, labelled, spanned } = block;
    if (labels !== null) takeLabels(labels, block, setup);
    const texts = accumulators.distinct === 'text' ? batches.flatMap((batch) => batch.windows) : [];
    const textKeys = new Map(
      [...new Set(texts.map((window) => window.document))].map((document) => [document, textKeyOf(document)]),
    );
    const summary: BlockSummary = {
      ...EMPTY_SUMMARY,
      ...{ rejects: {}, rejectsDigest: rejectsDigest([]) },
      labels: labels?.takeFresh() ?? [],
      sampled: [],
    };
    if (work.from === 0) {
      takeCounts(summary, block);
      const windowless = [...labelled.values()].filter(({ windows }) => windows === 0);
      for (const document of windowless) layers.forEach((state) => addWindowless(state.concepts!, document));
      const spanless = spanned.documents.filter(({ document }) => document.windows === 0);
      for (const { document } of spanless)
        layers.forEach((state) => addWindowlessSpans(state.spans!, document));
    }
    summary.tokenizeTime = performance.now() - began;
    if (batches.length === 0) onCounted(0, work.block.records);
    const range = { work, batches, next: work.from, to: work.to ?? batches.length };
    underWay = range;
    while (range.next < range.to) {
      const { windows: chosen, sequences, length, endsLot } = batches[range.next++]!;
      const rows = sequences.length * length;
      const outputs = exposure.outputs.map(
        ({ site }, i) => wide[i]?.subarray(0, rows * site.dMlp) ?? kernel.activations(i, rows),
      );
      if (sampler !== null) summary.sampled.push(...sampler.choose(chosen, labelled));
      const fed = performance.now();
      await session.run({ sequences, length }, [...outputs, ...factors.outputs(rows)]);
      const computed = performance.now();
      const runs = countedRuns(chosen);
      const places = chosen.map((window) =>
        placeOf(window, {
          textKey: textKeys.get(window.document) ?? '',
          labelled: labelled.get(window.document),
          spans: spanned.windows.get(window),
        }),
      );
      layers.forEach((state, i) => {
        const columns = setup.columns[i] ?? null;
        if (columns !== null)
          gather(outputs[i]!, exposure.outputs[i]!.site.dMlp, columns, kernel.activations(i, rows));
        kernel.add(i, state, { length, runs, places, endsLot, factors: factors.of(i, rows) });
      });
      if (dump !== null) {
        const kept = outputs.map((_, i) => kernel.activations(i, rows));
        summary.dumped += dump.add(chosen, length, kept);
      }
      if (sampler !== null) spools.documents.append(sampler.finished(layers));
      const counted = chosen.reduce((sum, window) => sum + window.counted.reduce((a, b) => a + b, 0), 0);
      summary.countedTokens += counted;
      summary.fedTokens += rows;
      summary.modelTime += computed - fed;
      summary.accumulateTime += performance.now() - computed;
      onCounted(counted, work.block.records / batches.length);
    }
    return { summary, rejects: block.rejects };
  }

  const split = (): Work | null => {
    if (underWay === null) return null;
    const { work, batches, to } = underWay;
    const from = cutBatches(batches, underWay, accumulators.spans !== undefined || sampler !== null);
    if (from === null) return null;
    impure = true;
    underWay.to = from;
    const block = { ...work.block, bytes: work.block.bytes.slice() };
    return { sequence: work.sequence, block, from, to };
  };

  const checkpoint = async (): Promise<number> => {
    if (impure || given === saved) return saved;
    for (const spool of Object.values(spools)) spool.sync();
    const marks = [...inherited, ...Object.values(spools).map((spool) => spool.mark())];
    const held = { covered, spools: marks.filter((mark) => mark !== null) };
    await saveCheckpoint(setup.checkpoint, setup.worker, held, states(), columnsOf(setup));
    saved = given;
    for (const taken of setup.resume.splice(0)) {
      await rm(taken, { force: true });
      crashPoint();
    }
    return saved;
  };
  const states = () => {
    layers.forEach((state, i) => kernel.flush(i, state));
    return layers;
  };
  const close = () => {
    for (const spool of Object.values(spools)) spool.close();
    return session.close();
  };
  const finish = () => {
    impure = true;
    return states();
  };
  const merge = (into: LayerState, from: LayerState) => accumulator.merge(into, from);
  const spooled = () => ({
    rejects: spools.rejects.source,
    documents: spools.documents.source,
    dump: spools.dump.source,
  });
  return { compute, split, checkpoint, finish, spooled, merge, close };
}

/** The layers to begin with: empty, or those of the states that the worker goes on from. */
async function resumed(
  setup: WorkerSetup,
  accumulator: Accumulator<LayerState>,
  kept: readonly number[],
): Promise<{ layers: LayerState[]; covered: Covered; inherited: SpoolMark[] }> {
  const covered = new Covered();
  const files = [];
  for (const path of setup.resume) files.push(await StateFile.open(path));
  for (const { header } of files) covered.addState(header.covered);
  const layers: LayerState[] = [];
  for (const [i, neurons] of kept.entries()) {
    const [first, ...others] = files;
    const read = async (file: StateFile) => readLayer(await file.layer(i), setup.accumulators).state;
    const layer = first === undefined ? accumulator.empty(neurons) : await read(first);
    for (const file of others) accumulator.merge(layer, await read(file));
    layers.push(layer);
  }
  return { layers, covered, inherited: files.flatMap(({ header }) => header.spools ?? []) };
}

function takeCounts(summary: BlockSummary, { documents, headless, windows, rejects }: BlockBatches): void {
  Object.assign(summary, { documents, headless, windows, rejectsDigest: rejectsDigest(rejects) });
  for (const { reason } of rejects) summary.rejects[reason] = (summary.rejects[reason] ?? 0) + 1;
}

/** @throws UserError 65 where there are more labels than there may be */
function takeLabels(cap: LabelCap, { labelled, spanned }: BlockBatches, setup: WorkerSetup): void {
  for (const [{ source }, { labels }] of labelled) {
    const names = labels.flatMap((ofField, field) => (ofField ?? []).map((label) => ({ field, label })));
    cap.add(names, placeInFile(setup.files[source.file]!, source.line, source.startByte));
  }
  for (const { source, document } of spanned.documents) {
    const where = placeInFile(setup.files[source.file]!, source.line, source.startByte);
    cap.add(spanLabelNames(document.labels, setup.accumulators), where);
  }
}

/** Rows and windows that any batch of these settings has at most. */
function largestBatch({ exposure, context, batchTokens }: WorkerSetup): { rows: number; windows: number } {
  const { fixedBatch, fixedSequence } = exposure;
  const rows = Math.max(batchTokens, (fixedBatch ?? 1) * Math.max(context, fixedSequence ?? 0));
  return { rows, windows: fixedBatch ?? (exposure.batchRule === 'single' ? 1 : rows) };
}
