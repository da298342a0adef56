import { counted as countedNoun } from '../numbers.js';
import type { ProfileView } from '../view.js';
import { visible } from '../visible.js';
import { pageAssets } from './assets.js';
import { collectColumns } from './collect-columns.js';
import { factsOf } from './facts.js';
import { jsonBlock, pageHead, pageTail } from './document.js';
import { exampleBlocks, tokenBlock, type Filled, type Keep } from './example-blocks.js';
import { listBlock, neuronTable } from './neuron-table.js';
import { TokenDictionary } from './token-dictionary.js';

/** Bytes of a page by default. */
export const DEFAULT_BYTES = 15e6;
/** Share of a limited page that figures and histograms may take; beyond it neurons are left out. */
const TABLE_SHARE = 0.9;
/** Bytes that may be missing from what is foreseen of the last blocks. */
const SLACK = 2048;
/** What came of a page, when its last piece is out. */
export interface HtmlOutcome {
  bytes: number;
  /** Neurons of the profile, in the page, and of them with their examples. */
  neurons: number;
  inTable: number;
  withExamples: number;
}

/**
 * report.html: a profile as one page that needs neither network nor server. A
 * pure function of the profile and of `keep`; what it holds is in docs/html-report.md.
 * @yields the file's text, from its first byte
 * @returns what came of it
 */
export function* renderHtml(
  view: ProfileView,
  keep: Keep = { bytes: DEFAULT_BYTES },
): Generator<string, HtmlOutcome> {
  let bytes = 0;
  const counted = (text: string): string => {
    bytes += Buffer.byteLength(text);
    return text;
  };
  const assets = pageAssets();
  yield counted(pageHead(titleOf(view), assets));

  const collected = collectColumns(view);
  const facts = factsOf(view);
  const factsBlock = (rowsOfSite: readonly number[]) => jsonBlock('facts', { ...facts, rowsOfSite });
  const tail = pageTail(assets);
  // What comes behind the examples; it can only become less where neurons are left out.
  const behind = Buffer.byteLength(factsBlock(collected.rowsOfSite) + tail) + SLACK;
  const limit = 'bytes' in keep ? keep.bytes - bytes - behind : Infinity;
  const tokens = tokenBlock(new TokenDictionary(collected.topTokens)).length;
  const table = neuronTable(view, collected, Math.min(TABLE_SHARE * limit, limit - tokens));
  for (const block of table.blocks) yield counted(block);

  const dictionary = new TokenDictionary(table.topTokens);
  const filled: Filled = { rows: [] };
  const room = limit - table.blocks.reduce((sum, block) => sum + Buffer.byteLength(block), 0);
  const wanted = 'neurons' in keep ? table.all.subarray(0, keep.neurons) : table.live;
  let foresee = 'neurons' in keep ? keep.onForeseen : undefined;
  for (const block of exampleBlocks(view, wanted, table.idOf, { dictionary, filled, room })) {
    const examples = (block.length * wanted.length) / filled.rows.length;
    foresee?.(Math.round(bytes + examples + tokenBlock(dictionary).length + behind));
    foresee = undefined;
    yield counted(block);
  }
  yield counted(tokenBlock(dictionary));
  yield counted(listBlock(filled.rows));
  yield counted(factsBlock(table.rowsOfSite));
  yield counted(tail);
  return {
    bytes,
    neurons: view.manifest.summary.neurons,
    inTable: table.rows,
    withExamples: filled.rows.length,
  };
}

function titleOf({ manifest: { model, corpus, command } }: ProfileView): string {
  const [first, ...others] = corpus.files;
  const more = others.length === 0 ? '' : ` and ${countedNoun(others.length, 'more file')}`;
  return visible(`${model.path} on ${first?.path ?? 'nothing'}${more}: neuroprobe ${command}`);
}
