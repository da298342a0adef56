import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the exporter's config.json says, as far as a graph leaves it open. */
export interface ModelConfig {
  modelType: string | null;
  /** Longest sequence; null where it says none. */
  positions: number | null;
  headSize: number | null;
}

const POSITIONS = [
  'max_position_embeddings',
  'n_positions',
  'n_ctx',
  'max_seq_len',
  'max_sequence_length',
  'seq_length',
];

/** Positions that these models keep for padding: their embedding has as many rows more. */
const RESERVED = new Map<string, number>(
  Object.entries({
    roberta: 2,
    'xlm-roberta': 2,
    camembert: 2,
    xlm_roberta: 2,
    longformer: 2,
    mpnet: 2,
    esm: 2,
  }),
);

/** Reads config.json beside the model (or above its onnx/ folder); all null where there is none. */
export function readModelConfig(folder: string): ModelConfig {
  const file = [folder, path.dirname(folder)]
    .map((parent) => path.join(parent, 'config.json'))
    .find(existsSync);
  const config = file === undefined ? {} : parse(file);
  const number = (key: string) => (typeof config[key] === 'number' ? config[key] : null);
  const modelType = typeof config['model_type'] === 'string' ? config['model_type'] : null;
  const rows = POSITIONS.map(number).find((value) => value !== null) ?? null;
  const hidden = number('hidden_size') ?? number('n_embd') ?? number('d_model');
  const heads = number('num_attention_heads') ?? number('n_head');
  return {
    modelType,
    positions: rows === null || rows <= 0 ? null : rows - (RESERVED.get(modelType ?? '') ?? 0),
    headSize: number('head_dim') ?? (hidden !== null && heads !== null ? hidden / heads : null),
  };
}

/** A config that cannot be read says nothing; what hangs on it then asks for it. */
function parse(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
