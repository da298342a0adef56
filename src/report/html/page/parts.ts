import { kindsOf } from '../../explained-words.js';
import { decodeExplained, type ExplainedColumns } from '../explained-columns.js';
import { decodeGates, type GateCase } from '../gate-columns.js';
import { decodeLabels, type LabelColumns } from '../label-columns.js';
import type { PageFacts } from '../page-facts.js';
import type { TablePart } from '../table-parts.js';
import { blockElements, bytesOf } from './blocks.js';

/** What only some profiles say of their neurons; null where it is not in the file. */
export interface Parts {
  explained: ExplainedColumns | null;
  /** Labels of documents, and of spans. */
  concepts: LabelColumns | null;
  spans: LabelColumns | null;
  /** An entry a sign case. */
  gates: GateCase[] | null;
}

export async function readParts({ settings }: PageFacts, rows: number): Promise<Parts> {
  const read = async <T>(name: TablePart['name'], decode: (bytes: Uint8Array) => T): Promise<T | null> => {
    const [element] = blockElements(name);
    return element === undefined ? null : decode(await bytesOf(element));
  };
  return {
    explained: await read('explained', (bytes) => decodeExplained(bytes, rows, kindsOf(settings))),
    concepts: await read('concepts', (bytes) => decodeLabels(bytes, rows)),
    spans: await read('spans', (bytes) => decodeLabels(bytes, rows)),
    gates: await read('gates', (bytes) => decodeGates(bytes, rows)),
  };
}
