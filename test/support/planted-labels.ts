import { writeFileSync } from 'node:fs';
import { normal } from '../analyse/concepts/documents.js';
import { plantedModel } from './onnx-model.js';

/* Models and corpora of which one neuron is known to tell a label. */

/** Neuron 7 of layer 0 is NaN everywhere. */
export const BROKEN = 7;

/**
 * Writes a model, and a corpus in two files.
 * @param tables of its layers, as `plantedModel` has them; the first has the broken neuron
 * @param cut records of the first file
 */
export function writePlanted(
  { model, files }: { model: string; files: readonly string[] },
  { vocabulary, tables }: { vocabulary: number; tables: readonly Float32Array[] },
  { documents, cut }: { documents: readonly object[]; cut: number },
): void {
  const neurons = tables[0]!.length / vocabulary;
  const bias = new Float32Array(neurons);
  bias[BROKEN] = NaN;
  const layers = tables.map((table, i) => ({ table, neurons, ...(i === 0 ? { bias } : {}) }));
  writeFileSync(model, plantedModel(vocabulary, layers));
  const lines = documents.map((document) => `${JSON.stringify(document)}\n`);
  writeFileSync(files[0]!, lines.slice(0, cut).join(''));
  writeFileSync(files[1]!, lines.slice(cut).join(''));
}

/** Of the corpora of ids whose documents have a topic. */
export const VOCABULARY = 30;
export const NEURONS = 12;
export const CONTEXT = 5;
/** Neuron 4 of layer 1 fires on this token, whose documents have the label. */
const TOKEN = 9;
export const [LAYER, NEURON] = [1, 4];

/** Tables of two layers. No other neuron's largest value may be at that token by chance. */
export function topicTables(random: () => number): Float32Array[] {
  return [0, 1].map((layer) =>
    Float32Array.from({ length: VOCABULARY * NEURONS }, (_, i) => {
      const [token, neuron] = [Math.floor(i / NEURONS), i % NEURONS];
      const isPlanted = layer === LAYER && neuron === NEURON;
      return normal(random) + (token !== TOKEN ? 0 : isPlanted ? 6 : -6);
    }),
  );
}

/** Document i, of up to 17 tokens and so several windows; some have no ids, some no topic. */
export function topicDocument(
  random: () => number,
  i: number,
): { input_ids: number[]; topic: string[] | string | null } {
  const ids = Array.from({ length: i % 18 }, () => Math.floor(random() * VOCABULARY));
  const topic = ids.includes(TOKEN) ? ['nine', 'odd'] : i % 7 === 0 ? null : i % 5 === 0 ? [] : 'other';
  return { input_ids: ids, topic };
}
