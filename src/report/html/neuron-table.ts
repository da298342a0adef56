import { formatNeuron, parseNeuron, type NeuronId } from '../../core/neuron-name.js';
import { ByteWriter } from '../../profile/state/byte-writer.js';
import type { ProfileView } from '../view.js';
import type { Collected } from './collect-columns.js';
import { writeWholes } from './column-planes.js';
import { dataBlock } from './document.js';
import { histogramCodes, PAGE_BINS } from './histogram-codes.js';
import { encodeColumns, pickRows } from './neuron-columns.js';
import { inRankOrder, rankOf } from './rank.js';
import { tableParts, type TablePart } from './table-parts.js';

/** The page's table of neurons. Rows are in the order of the model. */
export interface NeuronTable {
  /** Its blocks of data: the columns, the histograms where there are any, and the parts that a profile has. */
  blocks: string[];
  rows: number;
  /** Rows of each layer, in the order of the manifest's sites. */
  rowsOfSite: number[];
  idOf: (row: number) => NeuronId;
  /** Strings of the tokens with their largest values. */
  topTokens: ReadonlyMap<number, string | null>;
  /** Rows of neurons that have examples, best rank first: all of them, and without the dead. */
  all: Int32Array;
  live: Int32Array;
}

/** @param room bytes that the blocks may take; where all neurons do not fit, those of the best rank are kept */
export function neuronTable(view: ProfileView, collected: Collected, room: number): NeuronTable {
  const rows = collected.columns.neuron.length;
  const siteOf = Int32Array.from(
    collected.rowsOfSite.flatMap((count, site) => Array<number>(count).fill(site)),
  );
  const idOf = (row: number): NeuronId => {
    const { group, layer } = view.manifest.model.sites[siteOf[row]!]!;
    return { group, layer, neuron: collected.columns.neuron[row]! };
  };
  const ranks = ranksOf(view, collected, idOf);
  const order = inRankOrder(ranks);
  const codes = view.has('histograms') ? histogramCodes(view, collected.columns, rows, idOf) : null;
  const parts = tableParts(view, collected);
  let kept = Int32Array.from({ length: rows }, (_, row) => row);
  for (;;) {
    const blocks = blocksOf(collected, codes, parts, kept);
    const bytes = blocks.reduce((sum, { length }) => sum + length, 0);
    if (bytes <= room || kept.length === 0) {
      const newRow = new Map(Array.from(kept, (row, i) => [row, i]));
      const examples = order.filter((row) => newRow.has(row) && collected.hasExamples[row] === 1);
      return {
        blocks,
        rows: kept.length,
        rowsOfSite: view.manifest.model.sites.map(
          (_, site) => kept.filter((row) => siteOf[row] === site).length,
        ),
        idOf: (row) => idOf(kept[row]!),
        topTokens: tokensOf(collected, kept),
        all: examples.map((row) => newRow.get(row)!),
        live: examples.filter((row) => ranks[row] !== -Infinity).map((row) => newRow.get(row)!),
      };
    }
    // A little fewer than the bytes suggest, so that few rounds are needed.
    kept = order.slice(0, Math.floor((0.97 * kept.length * room) / bytes)).sort();
  }
}

/** The rank of each row: of the figures, or where there are none as `RANK_WORDS.examples` says. */
function ranksOf(view: ProfileView, { columns }: Collected, idOf: (row: number) => NeuronId): Float64Array {
  if (view.has('neurons')) return Float64Array.from(columns.neuron, (_, row) => rankOf(columns, row));
  const ranks = Float64Array.from(columns.max);
  const named = view.manifest.summary.most_selective.map(({ neuron }) => formatNeuron(parseNeuron(neuron)));
  const place = new Map(named.map((name, i) => [name, i]));
  ranks.forEach((_, row) => {
    const i = place.get(formatNeuron(idOf(row)));
    if (i !== undefined) ranks[row] = Infinity;
  });
  return ranks;
}

function tokensOf({ columns, topTokens }: Collected, kept: Int32Array): Map<number, string | null> {
  const ids = new Set(Array.from(kept, (row) => columns.max_token_id[row]!));
  return new Map([...topTokens].filter(([id]) => ids.has(id)));
}

function blocksOf(
  { columns }: Collected,
  codes: Uint8Array | null,
  parts: readonly TablePart[],
  kept: Int32Array,
): string[] {
  const blocks = [dataBlock('neurons', encodeColumns(pickRows(columns, kept)))];
  if (codes !== null) {
    const rows = columns.neuron.length;
    const picked = new Uint8Array(PAGE_BINS * kept.length);
    for (let bin = 0, at = 0; bin < PAGE_BINS; bin++) {
      for (const row of kept) picked[at++] = codes[bin * rows + row]!;
    }
    blocks.push(dataBlock('histograms', picked));
  }
  return [...blocks, ...parts.map(({ name, encode }) => dataBlock(name, encode(kept)))];
}

/** The rows that have examples in the page, in the order of the blocks that hold them. */
export function listBlock(rows: readonly number[]): string {
  const writer = new ByteWriter();
  writeWholes(writer, rows);
  return dataBlock('listed', writer.written(), ` data-neurons="${rows.length}"`);
}
