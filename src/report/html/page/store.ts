import { GATE_SIGNS, SIDES, type GateSigns } from '../../../profile/format.js';
import { formatLayer, formatNeuron, type NeuronId } from '../../../core/neuron-name.js';
import { ByteReader } from '../../../profile/state/byte-reader.js';
import { selectivityOf } from '../../../profile/selectivity.js';
import { schemeOf, type TokenScheme } from '../../token-text.js';
import { readWholes } from '../column-planes.js';
import { countOfCode } from '../count-code.js';
import { decodeColumns, finiteOf, isDead, type NeuronColumns } from '../neuron-columns.js';
import type { PageExample } from '../packed-examples.js';
import type { PageFacts } from '../page-facts.js';
import { rankOf } from '../rank.js';
import type { TokenTable } from '../token-dictionary.js';
import { blockElements, bytesOf, jsonOf } from './blocks.js';
import { ExampleBlocks } from './example-blocks.js';
import { readParts, type Parts } from './parts.js';

export const BINS = 32;
/** Share of its tokens below which a neuron that is not dead counts as rare. */
export const RARE = 0.001;

/** Figures that follow from the columns. */
export interface Derived {
  active: Float64Array;
  /** max / σ. */
  strength: Float64Array;
  selectivity: Float64Array;
  rank: Float64Array;
}

/** What the page knows, by row: neurons in the order of the model. */
export interface Store {
  facts: PageFacts;
  rows: number;
  columns: NeuronColumns;
  derived: Derived;
  /** What only some profiles have. */
  parts: Parts;
  siteOf: Uint32Array;
  tokens: TokenTable;
  scheme: TokenScheme;
  /** Neurons whose examples are in the file, best first. */
  listed: Float64Array;
  idOf(row: number): NeuronId;
  nameOf(row: number): string;
  layerOf(row: number): string;
  /** −1 where the table has no such neuron. */
  rowOf(id: NeuronId): number;
  kindOf(row: number): 'dead' | 'broken' | 'rare' | 'live';
  hasExamples: (row: number) => boolean;
  /** The string in the vocabulary; null where that is not known. */
  tokenText(id: number): string | null;
  /** Tokens in each of the 32 bins; null where there are none. */
  histogramOf(row: number): Float64Array | null;
  examplesOf(row: number): Promise<PageExample[]>;
  /** The largest product of each sign case of its gate, of neurons that have their examples in the file. */
  gateExamplesOf(row: number): Promise<PageExample<GateSigns>[]>;
  /** All examples in the file, some neurons at a time. */
  everyExample(): AsyncGenerator<{ rows: number[]; examples: PageExample[][] }>;
}

export async function openStore(): Promise<Store> {
  const facts = jsonOf('facts') as PageFacts;
  const rows = facts.rowsOfSite.reduce((sum, count) => sum + count, 0);
  const [packed, codes, tokenBytes, listedBytes] = await Promise.all(
    ['neurons', 'histograms', 'tokens', 'listed'].map((name) => bytesOf(blockElements(name)[0])),
  );
  const columns = decodeColumns(packed!, rows);
  const tokens = JSON.parse(new TextDecoder().decode(tokenBytes)) as TokenTable;
  const listedElement = blockElements('listed')[0]!;
  const listed = readWholes(new ByteReader(listedBytes!), Number(listedElement.dataset['neurons']));
  const siteOf = Uint32Array.from(facts.rowsOfSite.flatMap((count, site) => Array<number>(count).fill(site)));
  const textOfId = new Map(tokens.ids.map((id, i) => [id, tokens.texts[i]!]));
  const blocks = new ExampleBlocks('examples', SIDES, listed);
  const gateBlocks = new ExampleBlocks('gate_examples', GATE_SIGNS, listed);

  const idOf = (row: number): NeuronId => {
    const { group, layer } = facts.sites[siteOf[row]!]!;
    return { group, layer, neuron: columns.neuron[row]! };
  };
  const rowByName = new Map<string, number>();
  const nameOf = (row: number) => formatNeuron(idOf(row));
  return {
    ...{ facts, rows, columns, siteOf, tokens, listed, idOf, nameOf },
    derived: derive(columns, rows),
    parts: await readParts(facts, rows),
    scheme: schemeOf(tokens.texts.filter((text) => text !== null)),
    layerOf(row) {
      const { group, layer } = facts.sites[siteOf[row]!]!;
      return formatLayer(group, layer);
    },
    rowOf(id) {
      if (rowByName.size === 0) for (let row = 0; row < rows; row++) rowByName.set(nameOf(row), row);
      return rowByName.get(formatNeuron(id)) ?? -1;
    },
    kindOf(row) {
      if (columns.nan_count[row]! + columns.inf_count[row]! > 0) return 'broken';
      if (!facts.has.figures) return 'live';
      if (isDead(columns, row)) return 'dead';
      return columns.active_count[row]! < RARE * finiteOf(columns, row) ? 'rare' : 'live';
    },
    hasExamples: (row) => blocks.has(row),
    tokenText: (id) => textOfId.get(id) ?? null,
    histogramOf(row) {
      if (codes!.length === 0 || Number.isNaN(columns.min[row])) return null;
      return Float64Array.from({ length: BINS }, (_, bin) => countOfCode(codes![bin * rows + row]!));
    },
    examplesOf: (row) => blocks.of(row),
    gateExamplesOf: (row) => gateBlocks.of(row),
    everyExample: () => blocks.all(),
  };
}

function derive(columns: NeuronColumns, rows: number): Derived {
  const each = (of: (row: number) => number) => Float64Array.from({ length: rows }, (_, row) => of(row));
  const { active_count, max, std, kurtosis } = columns;
  return {
    active: each((row) => active_count[row]! / finiteOf(columns, row)),
    strength: each((row) => (std[row]! > 0 ? max[row]! / std[row]! : NaN)),
    selectivity: each((row) => selectivityOf(kurtosis[row]!, finiteOf(columns, row))),
    rank: each((row) => rankOf(columns, row)),
  };
}
