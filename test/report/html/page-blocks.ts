import { inflateRawSync } from 'node:zlib';
import { readWholes } from '../../../src/report/html/column-planes.js';
import { decodeExplained, type ExplainedColumns } from '../../../src/report/html/explained-columns.js';
import { decodeGates, type GateCase } from '../../../src/report/html/gate-columns.js';
import { decodeLabels, type LabelColumns } from '../../../src/report/html/label-columns.js';
import { decodeColumns, type NeuronColumns } from '../../../src/report/html/neuron-columns.js';
import { unpackExamples, type PageExample } from '../../../src/report/html/packed-examples.js';
import type { PageFacts } from '../../../src/report/html/page-facts.js';
import type { TokenTable } from '../../../src/report/html/token-dictionary.js';
import { GATE_SIGNS, SIDES, type GateSigns } from '../../../src/profile/format.js';
import { kindsOf } from '../../../src/report/explained-words.js';
import { ByteReader } from '../../../src/profile/state/byte-reader.js';

/** What a page's blocks hold, inflated by zlib, which did not deflate them. */
export interface PageData {
  /** Names of the blocks, each once, in their order, and how many bytes each takes. */
  blocks: Map<string, number>;
  facts: PageFacts;
  /** Neurons in the table. */
  rows: number;
  columns: NeuronColumns;
  /** Codes of the histograms. */
  codes: Uint8Array;
  tokens: TokenTable;
  /** Rows of the neurons that have examples, and those. */
  listed: number[];
  examples: PageExample[][];
  /** Parts that only some profiles have. */
  explained: ExplainedColumns | null;
  concepts: LabelColumns | null;
  spans: LabelColumns | null;
  gates: GateCase[] | null;
  gateExamples: PageExample<GateSigns>[][];
}

export function blocksOf(html: string): PageData {
  const blocks = [
    ...html.matchAll(/<script type="([^"]+)" data-block="(\w+)"(?: data-neurons="(\d+)")?>([^<]*)</g),
  ];
  const found = (name: string) => blocks.filter(([, , block]) => block === name);
  const bytes = (block: RegExpMatchArray | undefined) =>
    block === undefined
      ? new Uint8Array(0)
      : new Uint8Array(inflateRawSync(Buffer.from(block[4]!, 'base64')));
  const facts = JSON.parse(found('facts')[0]![4]!) as PageFacts;
  const rows = facts.rowsOfSite.reduce((sum, count) => sum + count, 0);
  const listed = found('listed')[0]!;
  const part = <T>(name: string, decode: (of: Uint8Array) => T): T | null => {
    const [block] = found(name);
    return block === undefined ? null : decode(bytes(block));
  };
  const sizes = new Map<string, number>();
  for (const [whole, , name] of blocks) sizes.set(name!, (sizes.get(name!) ?? 0) + whole.length);
  return {
    blocks: sizes,
    facts,
    rows,
    columns: decodeColumns(bytes(found('neurons')[0]), rows),
    codes: bytes(found('histograms')[0]),
    tokens: JSON.parse(Buffer.from(bytes(found('tokens')[0])).toString()) as TokenTable,
    listed: [...readWholes(new ByteReader(bytes(listed)), Number(listed[3]))],
    examples: found('examples').flatMap((block) => unpackExamples(bytes(block), Number(block[3]), SIDES)),
    explained: part('explained', (of) => decodeExplained(of, rows, kindsOf(facts.settings))),
    concepts: part('concepts', (of) => decodeLabels(of, rows)),
    spans: part('spans', (of) => decodeLabels(of, rows)),
    gates: part('gates', (of) => decodeGates(of, rows)),
    gateExamples: found('gate_examples').flatMap((block) =>
      unpackExamples(bytes(block), Number(block[3]), GATE_SIGNS),
    ),
  };
}
