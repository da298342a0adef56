import { inflateRawSync } from 'node:zlib';
import { readWholes } from '../../../src/report/html/column-planes.js';
import { decodeColumns, type NeuronColumns } from '../../../src/report/html/neuron-columns.js';
import { unpackExamples, type PageExample } from '../../../src/report/html/packed-examples.js';
import type { PageFacts } from '../../../src/report/html/page-facts.js';
import type { TokenTable } from '../../../src/report/html/token-dictionary.js';
import { ByteReader } from '../../../src/profile/state/byte-reader.js';

/** What a page's blocks hold, inflated by zlib, which did not deflate them. */
export interface PageData {
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
  return {
    facts,
    rows,
    columns: decodeColumns(bytes(found('neurons')[0]), rows),
    codes: bytes(found('histograms')[0]),
    tokens: JSON.parse(Buffer.from(bytes(found('tokens')[0])).toString()) as TokenTable,
    listed: [...readWholes(new ByteReader(bytes(listed)), Number(listed[3]))],
    examples: found('examples').flatMap((block) => unpackExamples(bytes(block), Number(block[3]))),
  };
}
