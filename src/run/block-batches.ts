import { sampledPositions } from '../accumulate/token-sample.js';
import type { LabelledDocument, SpannedDocument, WindowSpans } from '../accumulate/types.js';
import { headTokens } from '../tokens/skip-until.js';
import { LEXICAL_FIELD } from '../core/lexical-field.js';
import { parseRecord, recordLines, type BlockLine } from '../corpus/parse-records.js';
import { BadRecord } from '../corpus/record-line.js';
import type { Block, CorpusRecord } from '../corpus/types.js';
import type { FedBatch, Sequence } from '../model/fill-feeds.js';
import type { Reject } from '../profile/rejects.js';
import { makeDocument } from '../tokens/document.js';
import { lexicalSpans } from '../tokens/lexical.js';
import { labelTokens } from '../tokens/window-spans.js';
import type { TokenizerHandle } from '../tokens/tokenizer.js';
import type { Document, Window } from '../tokens/types.js';
import { cutDecoderWindows, cutWindows } from '../tokens/windows.js';
import { lotEnds, planBatches } from './batches.js';
import type { WorkerSetup } from './messages.js';

/** What of a worker's setup decides its batches. */
type BatchSetup = Pick<
  WorkerSetup,
  | 'files'
  | 'fields'
  | 'exposure'
  | 'context'
  | 'countSpecial'
  | 'skipFirst'
  | 'skipUntil'
  | 'batchTokens'
  | 'onBadRecord'
  | 'accumulators'
>;

/** What goes through the model in one run, and the windows it is made of. */
export interface Batch extends FedBatch {
  windows: Window[];
  /** See `lotEnds`. */
  endsLot: boolean;
}

/** A block, cut into the batches that go through the model. */
export interface BlockBatches {
  batches: Batch[];
  documents: number;
  /** With `--skip-until`: documents without that text, of which nothing is skipped. */
  headless: number;
  windows: number;
  /** Where labels are asked for: every document of the block, those without windows too. */
  labelled: ReadonlyMap<Document, LabelledDocument>;
  spanned: SpannedBlock;
  /** Records that could not be taken, where that is no error. */
  rejects: Reject[];
}

/** Where labels of spans are asked for: every document of the block, and every window; else none. */
interface SpannedBlock {
  documents: { source: CorpusRecord; document: SpannedDocument }[];
  windows: Map<Window, WindowSpans>;
}

/**
 * Records → ids → windows → batches, of one block.
 * @throws UserError where a record is at fault
 */
export function batchesOf(block: Block, setup: BatchSetup, tokenizer: TokenizerHandle | null): BlockBatches {
  const { exposure, batchTokens } = setup;
  const { windows, documents, headless, labelled, spanned, rejects } = windowsOf(block, setup, tokenizer);
  const plans = planBatches(
    windows.map(({ ids }) => ids.length),
    { ...exposure, batchTokens, rule: exposure.batchRule },
  );
  const ends = lotEnds(
    plans.map((plan) => plan.windows.length * plan.length),
    batchTokens,
  );
  const batches = plans.map(({ windows: numbers, length }, i) => {
    const chosen = numbers.map((w) => windows[w]!);
    const sequences = sequencesOf(chosen, exposure.fixedBatch);
    return { windows: chosen, sequences, length, endsLot: ends[i]! };
  });
  return { batches, documents, headless, windows: windows.length, labelled, spanned, rejects };
}

/** The windows of a block's records in the order of the corpus. */
function windowsOf(
  block: Block,
  setup: BatchSetup,
  tokenizer: TokenizerHandle | null,
): { windows: Window[] } & Pick<BlockBatches, 'documents' | 'headless' | 'labelled' | 'spanned' | 'rejects'> {
  const windows: Window[] = [];
  const labelled = new Map<Document, LabelledDocument>();
  const spanned: SpannedBlock = { documents: [], windows: new Map() };
  const rejects: Reject[] = [];
  let documents = 0;
  let headless = 0;
  for (const line of recordLines(block, setup.files[block.file]!)) {
    try {
      const { document, cut, isHeadless } = windowsOfLine(line, setup, tokenizer);
      windows.push(...cut);
      documents++;
      if (isHeadless) headless++;
      const { file, record, labels } = document.source;
      // What goes through a decoder is a document of its own.
      if (labels !== undefined)
        labelled.set(cut[0]?.document ?? document, { file, record, windows: cut.length, labels });
      if (setup.accumulators.spans !== undefined) spanWindows(spanned, document, cut, setup);
    } catch (error) {
      if (!(error instanceof BadRecord) || setup.onBadRecord === 'fail') throw error;
      const { file, record, startByte, length, bytes } = line;
      rejects.push({ file, record, line: line.line, startByte, length, reason: error.reason, bytes });
    }
  }
  return { windows, documents, headless, labelled, spanned, rejects };
}

function spanWindows(
  into: SpannedBlock,
  document: Document,
  windows: readonly Window[],
  { accumulators: { spans, seed } }: BatchSetup,
): void {
  const { source } = document;
  const { file, record, content } = source;
  const lexical = spans!.fields.indexOf(LEXICAL_FIELD);
  const ofRecord = source.spans ?? [];
  const asked =
    lexical === -1 ? ofRecord : [...ofRecord, content.kind === 'text' ? lexicalSpans(content.text) : []];
  const labelled = labelTokens(document, windows, asked, lexical === -1 ? null : lexical);
  const { fields, labels } = labelled;
  const spanned = { file, record, windows: windows.length, fields, labels };
  into.documents.push({ source, document: spanned });
  for (const [i, window] of windows.entries()) {
    const sampled = sampledPositions(seed, { file, record, window: window.window }, window.ids.length);
    into.windows.set(window, { document: spanned, ...labelled.windows[i]!, sampled });
  }
}

/** @throws BadRecord where the record cannot be taken, another UserError where none could */
function windowsOfLine(
  line: BlockLine,
  { fields, exposure, context, countSpecial, skipFirst, skipUntil }: BatchSetup,
  tokenizer: TokenizerHandle | null,
): { document: Document; cut: Window[]; isHeadless: boolean } {
  const document = makeDocument(parseRecord(line, fields), tokenizer, exposure.vocabulary, line.path);
  const head = skipUntil === null ? null : headTokens(document, skipUntil);
  const settings = { context, countSpecial, skipFirst, skipTokens: head ?? 0 };
  const cut = exposure.decodes
    ? cutDecoderWindows(document, tokenizer, settings, line.path)
    : cutWindows(document, tokenizer, settings);
  return { document, cut, isHeadless: skipUntil !== null && head === null };
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
