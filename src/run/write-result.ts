import { layerFigures } from '../accumulate/figures.js';
import { histogramRows } from '../accumulate/histogram.js';
import type { AccumulatorSettings, LayerState } from '../accumulate/layer-state.js';
import { rankExamples, rankSamples } from '../accumulate/rank-examples.js';
import { ConceptPairs } from '../analyse/concepts/concept-pairs.js';
import { spanCounts } from '../analyse/spans/span-counts.js';
import { SpanPairs } from '../analyse/spans/span-pairs.js';
import { labelCounts } from '../analyse/concepts/label-counts.js';
import { explainLayer } from '../analyse/explained/explain-layer.js';
import { REPORT_PAGE, STATE_FILE } from '../profile/format.js';
import type { Vocabulary } from '../profile/state/state-file.js';
import type { StateHeader } from '../profile/state/types.js';
import type { DumpContext } from '../profile/dump/write-delphi.js';
import type { SpooledBytes } from '../profile/spooled-bytes.js';
import type { DocumentSource } from '../profile/document-sample.js';
import { Summary } from '../profile/summary.js';
import type { Manifest, ProfileContext, ProfiledSite, ProfileLayer, TablesWanted } from '../profile/types.js';
import { beginProfile, type WriteOptions } from '../profile/write-profile.js';
import { renderHtml } from '../report/html/render-html.js';
import { renderReport } from '../report/report.js';
import { isDumped } from './dump.js';
import { isComplete } from './completeness.js';
import { accumulatorsOf } from './identity.js';
import { makeManifest } from './manifest.js';
import { StateThread } from './state-thread.js';

/** Neurons that the manifest names as most selective. */
const NAMED = 20;

/** One layer of a result, with the columns of its activation that it holds. */
export interface ResultLayer {
  neurons: Int32Array;
  state: LayerState;
}

/** What a run or a merge ends with: all that a profile is made of. */
export interface Result {
  header: StateHeader;
  vocabulary: Vocabulary | null;
  /** In the order of the header's sites; each is let go when the next is asked for. */
  layers: Iterable<ResultLayer> | AsyncIterable<ResultLayer>;
  /** Where the lines lie that were rejected. */
  rejects: readonly SpooledBytes[];
  /** Where the activations lie that are to be dumped. */
  dump: readonly SpooledBytes[];
  /** Where values of documents lie; only where the settings ask for them. */
  documents: readonly DocumentSource[];
}

/**
 * Writes a profile: state, tables, report, manifest; of an incomplete result
 * the state and the manifest alone.
 * @param runJson asked for at the end
 * @param options `html`: whether report.html is written too
 * @returns whether it is complete
 * @throws UserError (exit 73, 74 or 75); `output` is as it was then
 */
export async function writeResult(
  output: string,
  { header, vocabulary, layers, rejects, documents, dump }: Result,
  runJson: () => Record<string, unknown>,
  options: WriteOptions & { html: boolean },
): Promise<boolean> {
  const complete = isComplete(header);
  const writer = await beginProfile(output, options);
  const state = new StateThread({ path: writer.pathOf(STATE_FILE), header, vocabulary });
  try {
    const summary = new Summary(NAMED);
    const wanted = tablesOf(header.command, complete);
    const concepts = new ConceptsOfRun(header, complete);
    const kept: Int32Array[] = [];
    const rows = walk(header, noting(layers, kept), state, summary, concepts, wanted);
    await writer.writeTables(rows, contextOf(header, vocabulary), wanted);
    writer.take(STATE_FILE, await state.finish());
    if (concepts.pairs !== null) await writer.writeConcepts(concepts.pairs.result(), sitesOf(header));
    if (concepts.spanPairs !== null) await writer.writeSpans(concepts.spanPairs.result(), sitesOf(header));
    const reasons = Object.keys(header.covered.rejects);
    if (reasons.length > 0) {
      const files = header.corpus.map(({ path }) => path);
      await writer.writeRejects(rejects, { files, reasons, complete });
    }
    if (isDumped(header)) await writer.writeDump(dump, dumpContext(header, kept));
    const { permutations, seed } = accumulatorsOf(header);
    if (permutations !== undefined) {
      const neurons = neuronsOf(header);
      await writer.writeDocuments(documents, header, { seed, most: permutations, neurons });
    }
    const manifest = makeManifest(header, summary.result(), complete, concepts.counts);
    if (complete) {
      const view = writer.draft(manifest);
      await writer.writeText('report.txt', renderReport(view));
      if (options.html) await writer.writeText(REPORT_PAGE, renderHtml(view));
    }
    await writer.finish(manifest, runJson());
    return complete;
  } catch (error) {
    await state.abandon();
    await writer.abandon();
    throw error;
  }
}

/** Layers as they are, whose neurons are noted. */
async function* noting(layers: Result['layers'], neurons: Int32Array[]): AsyncGenerator<ResultLayer> {
  for await (const layer of layers) {
    neurons.push(layer.neurons);
    yield layer;
  }
}

function dumpContext(header: StateHeader, neurons: readonly Int32Array[]): DumpContext {
  const { settings, corpus, model, covered } = header;
  return {
    ...{ windows: covered.windows, hits: covered.dumped ?? 0 },
    ...{ sites: sitesOf(header), neurons, model: model.path, corpus: corpus.map(({ path }) => path) },
    context: settings['context'] as number,
    padId: settings['pad_id'] as number,
    textField: settings['text_field'] as string,
  };
}

/** The tables that a command writes. */
function tablesOf(command: string, complete: boolean): TablesWanted {
  return {
    neurons: complete && command !== 'topk',
    examples: complete && command !== 'stats',
    histograms: complete && command !== 'topk',
    layers: complete && command !== 'topk',
  };
}

/**
 * The layers as rows to write, one at a time; what passes goes into the summary, and when its rows are written into
 * the state, while the next layer's are.
 */
async function* walk(
  header: StateHeader,
  layers: Result['layers'],
  state: StateThread,
  summary: Summary,
  concepts: ConceptsOfRun,
  wanted: TablesWanted,
): AsyncGenerator<ProfileLayer> {
  const { sketchRange } = accumulatorsOf(header);
  const sites = sitesOf(header);
  let i = 0;
  for await (const layer of layers) {
    const { neurons } = layer;
    const { sketch, top, bottom, random, bands, explained, match, gates } = layer.state;
    concepts.add(i, layer);
    const site = sites[i++]!;
    const figures = layerFigures(layer.state, neurons, sketchRange);
    summary.add({ site, figures });
    yield {
      site,
      figures,
      histogram: wanted.histograms ? histogramRows(sketch, neurons, sketchRange) : null,
      examples: {
        top: wanted.examples ? rankExamples(top) : null,
        bottom: wanted.examples && bottom !== null ? rankExamples(bottom) : null,
        random: wanted.examples && random !== null ? rankSamples(random) : null,
        band: wanted.examples && bands !== null ? rankSamples(bands) : null,
      },
      explained: wanted.neurons && explained !== null ? explainLayer(explained, figures) : null,
      match: wanted.neurons ? match : null,
      gates: wanted.neurons ? gates : null,
    };
    await state.layer(layer);
  }
}

/** What labels come to, as layers pass: which documents have them, and in a complete result which neurons tell them. */
class ConceptsOfRun {
  /** null where no table is to be written. */
  readonly pairs: ConceptPairs | null;
  readonly spanPairs: SpanPairs | null;
  readonly counts: Pick<Manifest, 'labels' | 'spans'> = {};
  private readonly settings: Pick<AccumulatorSettings, 'labels' | 'spans'>;
  private readonly documents: number;

  constructor(header: StateHeader, complete: boolean) {
    const neurons = neuronsOf(header);
    this.settings = accumulatorsOf(header);
    const { labels, spans } = this.settings;
    this.documents = header.covered.documents;
    this.pairs = labels !== undefined && complete ? new ConceptPairs(labels.fields, neurons) : null;
    this.spanPairs = spans !== undefined && complete ? new SpanPairs(spans.fields, neurons) : null;
  }

  add(site: number, { neurons, state: { concepts, spans } }: ResultLayer): void {
    const { settings, documents, counts } = this;
    // Every layer sees the same documents.
    if (concepts !== null) {
      counts.labels ??= labelCounts(concepts, settings.labels!.fields, documents);
      this.pairs?.add(site, neurons, concepts);
    }
    if (spans !== null) {
      counts.spans ??= spanCounts(spans, settings.spans!.fields, documents);
      this.spanPairs?.add(site, neurons, spans);
    }
  }
}

function neuronsOf({ model }: StateHeader): number {
  return model.sites.reduce((sum, site) => sum + site.neurons, 0);
}

function sitesOf({ model }: StateHeader): ProfiledSite[] {
  return model.sites.map(({ group, layer, d_model, d_mlp, activation, gated }) => ({
    ...{ group, layer, activation, gated },
    ...{ dModel: d_model, dMlp: d_mlp },
  }));
}

function contextOf(header: StateHeader, vocabulary: Vocabulary | null): ProfileContext {
  const { corpus, files } = header;
  const recordsBefore: number[] = [];
  let records = 0;
  for (const file of files) {
    recordsBefore.push(records);
    records += file?.records ?? 0;
  }
  return {
    sites: sitesOf(header),
    files: corpus.map(({ path }) => path),
    recordsBefore,
    tokenOf: vocabulary === null ? null : (id) => vocabulary[id] ?? null,
    explain: accumulatorsOf(header).explain ?? [],
  };
}
