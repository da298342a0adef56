import type { LabelledDocument } from '../accumulate/types.js';
import { parseRecord, recordLines, type BlockLine } from '../corpus/parse-records.js';
import { BadRecord } from '../corpus/record-line.js';
import type { Block } from '../corpus/types.js';
import type { FedBatch, Sequence } from '../model/fill-feeds.js';
import type { Reject } from '../profile/rejects.js';
import { makeDocument } from '../tokens/document.js';
import type { TokenizerHandle } from '../tokens/tokenizer.js';
import type { Document, Window } from '../tokens/types.js';
import { cutDecoderWindows, cutWindows } from '../tokens/windows.js';
import { planBatches } from './batches.js';
import type { WorkerSetup } from './messages.js';

/** What of a worker's setup decides its batches. */
type BatchSetup = Pick<
  WorkerSetup,
  'files' | 'fields' | 'exposure' | 'context' | 'countSpecial' | 'skipFirst' | 'batchTokens' | 'onBadRecord'
>;

/** What goes through the model in one run, and the windows it is made of. */
export interface Batch extends FedBatch {
  windows: Window[];
}

/** A block, cut into the batches that go through the model. */
export interface BlockBatches {
  batches: Batch[];
  documents: number;
  windows: number;
  /** Where labels are asked for: every document of the block, those without windows too. */
  labelled: ReadonlyMap<Document, LabelledDocument>;
  /** Records that could not be taken, where that is no error. */
  rejects: Reject[];
}

/**
 * Records → ids → windows → batches, of one block.
 * @throws UserError where a record is at fault
 */
export function batchesOf(block: Block, setup: BatchSetup, tokenizer: TokenizerHandle | null): BlockBatches {
  const { exposure, batchTokens } = setup;
  const { windows, documents, labelled, rejects } = windowsOf(block, setup, tokenizer);
  const plans = planBatches(
    windows.map(({ ids }) => ids.length),
    { ...exposure, batchTokens, rule: exposure.batchRule },
  );
  const batches = plans.map((plan) => {
    const chosen = plan.windows.map((w) => windows[w]!);
    return { windows: chosen, sequences: sequencesOf(chosen, exposure.fixedBatch), length: plan.length };
  });
  return { batches, documents, windows: windows.length, labelled, rejects };
}

/** The windows of a block's records in the order of the corpus. */
function windowsOf(
  block: Block,
  setup: BatchSetup,
  tokenizer: TokenizerHandle | null,
): { windows: Window[] } & Pick<BlockBatches, 'documents' | 'labelled' | 'rejects'> {
  const windows: Window[] = [];
  const labelled = new Map<Document, LabelledDocument>();
  const rejects: Reject[] = [];
  let documents = 0;
  for (const line of recordLines(block, setup.files[block.file]!)) {
    try {
      const { document, cut } = windowsOfLine(line, setup, tokenizer);
      windows.push(...cut);
      documents++;
      const { file, record, labels } = document.source;
      if (labels !== undefined) labelled.set(document, { file, record, windows: cut.length, labels });
    } catch (error) {
      if (!(error instanceof BadRecord) || setup.onBadRecord === 'fail') throw error;
      const { file, record, startByte, length, bytes } = line;
      rejects.push({ file, record, line: line.line, startByte, length, reason: error.reason, bytes });
    }
  }
  return { windows, documents, labelled, rejects };
}

/** @throws BadRecord where the record cannot be taken, another UserError where none could */
function windowsOfLine(
  line: BlockLine,
  { fields, exposure, context, countSpecial, skipFirst }: BatchSetup,
  tokenizer: TokenizerHandle | null,
): { document: Document; cut: Window[] } {
  const document = makeDocument(parseRecord(line, fields), tokenizer, exposure.vocabulary, line.path);
  const settings = { context, countSpecial, skipFirst };
  const cut = exposure.decodes
    ? cutDecoderWindows(document, tokenizer, settings, line.path)
    : cutWindows(document, tokenizer, settings);
  return { document, cut };
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
