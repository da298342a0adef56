import path from 'node:path';
import { DUMP_FOLDER, REJECTED_LINES_FILE, REPORT_PAGE } from '../profile/format.js';
import { rejectedRecords, skipped } from './corpus-section.js';
import { deadSection } from './dead-section.js';
import { layersSection } from './layers-section.js';
import { counted, grouped, percent } from './numbers.js';
import type { Paint } from './paint.js';
import { SELECTIVITY } from './selectivity-words.js';
import { selectiveSection } from './selective-section.js';
import { shellWord } from './shell-word.js';
import { wrap } from './text-table.js';
import type { Manifest } from '../profile/types.js';
import type { ProfileView } from './view.js';
import { visible } from './visible.js';

export interface SummaryLook {
  /** The profile's directory. */
  output: string;
  /** Whether it was there before the run. */
  alreadyDone: boolean;
  paint: Paint;
  /** Columns. */
  width: number;
}

/** Shown at the end of `topk`: neurons, and examples of each. */
const TOPK_NEURONS = 6;
const TOPK_EXAMPLES = 3;
/** A dump whose rows are filled to less than this share is said to be. */
const FILLED = 0.5;

/** What a run prints at its end: the heart of what its command is for, where the files are, what to type next. */
export function renderSummary(view: ProfileView & { manifest: Manifest }, look: SummaryLook): string {
  const { corpus, model, summary } = view.manifest;
  const head =
    `${counted(corpus.counted_tokens, 'token')} of ${counted(corpus.documents, 'document')} through ` +
    `${counted(model.sites.length, 'layer')}, ${counted(summary.neurons, 'neuron')}: ${visible(look.output)}`;
  const notes = [
    ...(look.alreadyDone ? ['A finished profile of the same settings and inputs was there already.'] : []),
    ...skipped(corpus, view.manifest.settings).map((says) => `Tokens are counted ${says}.`),
    ...dumpNote(view.manifest, look.output),
    ...rejectsNote(corpus, `their lines are in ${visible(path.join(look.output, REJECTED_LINES_FILE))}`),
  ].flatMap((note) => wrap(note, look.width, ''));
  const unmet = [...unmetFields(view.manifest), ...unmetSpans(view.manifest)]
    .flatMap((note) => wrap(note, look.width, ''))
    .map(look.paint.warning);
  return [head, ...notes, ...unmet, '', ...body(view, look), '', ...next(view, look)].join('\n');
}

/** The same of a shard, or of some shards merged, which have no tables. */
export function renderPart(
  { corpus, model, summary }: Manifest,
  { output, alreadyDone }: Pick<SummaryLook, 'output' | 'alreadyDone'>,
): string {
  const head =
    `${counted(corpus.counted_tokens, 'token')} of ${counted(corpus.documents, 'document')} through ` +
    `${counted(model.sites.length, 'layer')}, ${counted(summary.neurons, 'neuron')}: ${visible(output)}`;
  const notes = [
    ...(alreadyDone ? ['The same part was there already.'] : []),
    ...rejectsNote(corpus, 'the merge sets their lines aside'),
  ];
  return [head, ...notes, 'A part of a profile: merge all parts with neuroprobe merge.'].join('\n');
}

/** What was not taken of the corpus. */
function rejectsNote(corpus: Manifest['corpus'], where: string): string[] {
  const rejects = rejectedRecords(corpus);
  return rejects === null ? [] : [`Rejected ${rejects}; ${where}.`];
}

/** Where the dump is, of how much, and whether most of its rows is padding. */
function dumpNote({ corpus, settings }: Pick<Manifest, 'corpus' | 'settings'>, output: string): string[] {
  if (settings['dump'] === undefined) return [];
  const [above, context] = [settings['dump_above'] as number, settings['context'] as number];
  const { windows, counted_tokens: tokens, dumped = 0 } = corpus;
  const where = visible(path.join(output, DUMP_FOLDER));
  const filled = tokens / (windows * context);
  return [
    `Dumped ${counted(dumped, 'activation')} above ${above} in ${counted(windows, 'window')} for delphi: ${where}.`,
    ...(filled < FILLED
      ? [
          `Of the dump’s rows ${percent(filled)} are counted tokens: delphi takes stretches of padding for examples that do not activate, and a shorter --context has fewer.`,
        ]
      : []),
  ];
}

/** Label fields that no document has: a slip of the pen, most likely. */
function unmetFields({ labels = [] }: Pick<Manifest, 'labels'>): string[] {
  return labels
    .filter(({ documents: [first, second] }) => first + second === 0)
    .map(({ field }) => `No document has the field ${visible(field)} of --label-field.`);
}

/** The same of fields of spans. */
function unmetSpans({ spans = [] }: Pick<Manifest, 'spans'>): string[] {
  const unmet = spans.filter(({ documents: [first, second] }) => first + second === 0);
  return unmet.map(({ field, unaligned }) =>
    unaligned > 0
      ? `No document has a label of ${visible(field)}: of ${grouped(unaligned)} it is not known which characters their tokens stand for (records with input_ids have none).`
      : `No document has the field ${visible(field)} of --span-field.`,
  );
}

function body(view: ProfileView, { paint, width }: SummaryLook): string[] {
  switch (view.manifest.command) {
    case 'topk':
      return [
        paint.heading('Most selective neurons'),
        ...wrap(`${SELECTIVITY} Examples: activation, document:position, context.`, width, '  '),
        '',
        ...selectiveSection(view, { paint, width, neurons: TOPK_NEURONS, examples: TOPK_EXAMPLES }),
      ];
    case 'stats':
      return [
        paint.heading('Layers'),
        ...layersSection(view.layers(), width),
        '',
        paint.heading('Dead neurons'),
        ...deadSection(view, width),
      ];
    default: {
      const named = view.manifest.summary.most_selective.slice(0, 8).map(({ neuron }) => neuron);
      return [
        paint.heading('Dead neurons'),
        ...deadSection(view, width),
        ...(named.length > 0
          ? ['', paint.heading('Most selective'), ...wrap(named.join(', '), width, '  ')]
          : []),
      ];
    }
  }
}

function next({ manifest }: { manifest: Manifest }, { output, paint }: SummaryLook): string[] {
  const directory = shellWord(output);
  const neuron = manifest.summary.most_selective[0]?.neuron;
  return [
    paint.heading('Next'),
    `  neuroprobe report ${directory}`,
    ...(neuron === undefined ? [] : [`  neuroprobe show ${directory} ${neuron}`]),
    REPORT_PAGE in manifest.files
      ? `  ${shellWord(path.join(output, REPORT_PAGE))} in a browser`
      : `  neuroprobe report ${directory} --html ${REPORT_PAGE}`,
    ...(manifest.labels === undefined && manifest.spans === undefined
      ? []
      : [`  neuroprobe concepts ${directory}`]),
  ];
}
