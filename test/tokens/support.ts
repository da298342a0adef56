import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { CorpusRecord } from '../../src/corpus/types.js';
import { openTokenizer, type TokenizerHandle } from '../../src/tokens/tokenizer.js';
import { shared } from '../support/shared.js';

/** A tokenizer with Metaspace BPE and byte fallback, `<s>` before each sequence; in every checkout. */
export const LLAMA = fileURLToPath(new URL('../../fixtures/llama-shakespeare/', import.meta.url));

export type Json = Record<string, unknown>;

export function readJson(file: string): Json {
  return JSON.parse(readFileSync(file, 'utf8')) as Json;
}

/** Writes a tokenizer.json into a folder of its own and opens it. */
export function openJson(folder: string, name: string, json: Json, config?: Json): Promise<TokenizerHandle> {
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(json));
  if (config !== undefined) writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  return openTokenizer(file);
}

/** The fixture's tokenizer.json with some parts exchanged. */
export function llamaWith(parts: Json): Json {
  return { ...readJson(path.join(LLAMA, 'tokenizer.json')), ...parts };
}

export interface CorpusLine {
  id: string;
  text: string;
}

export function corpus(name: string): CorpusLine[] {
  const lines = readFileSync(shared('corpora', name), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as CorpusLine);
}

export function textRecord(text: string): CorpusRecord {
  return { file: 0, record: 2, line: 3, startByte: 40, id: null, content: { kind: 'text', text } };
}

export function idsRecord(
  ids: readonly number[],
  attentionMask: readonly number[] | null = null,
): CorpusRecord {
  const mask = attentionMask === null ? null : Uint8Array.from(attentionMask);
  return { ...textRecord(''), content: { kind: 'ids', ids: Int32Array.from(ids), attentionMask: mask } };
}

/** Text that breaks careless code: any code points, and pieces that tokenizers treat in a way of their own. */
export function awkwardText(pieces: readonly string[] = []): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('the', ' king', 'Thou', ' ', '  ', '\n', '\t', '.', "'s", '1') },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'é',
        'e\u0301',
        '👩‍👩‍👧',
        '神经',
        '▁',
        '\u00a0',
        '\u0000',
        'ß',
        'Σ',
        'İ',
        '𝒳',
        '\ufeff',
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    ...(pieces.length === 0 ? [] : [{ weight: 2, arbitrary: fc.constantFrom(...pieces) }]),
  );
  return fc.array(piece, { maxLength: 20 }).map((parts) => parts.join(''));
}
