import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import type { Manifest } from '../profile/types.js';

/** Instruction sets that ONNX Runtime chooses its kernels by, as Linux names them. */
const DISPATCHED = [
  'avx',
  'avx2',
  'fma',
  'avx512f',
  'avx512_vnni',
  'avx512_bf16',
  'avx_vnni',
  'amx_tile',
  'amx_int8',
  'amx_bf16',
  'asimd',
  'asimddp',
  'i8mm',
  'bf16',
  'sve',
];

/**
 * The kind of processor: what may change a bit of a float32 result. Profiles of
 * one kind are equal byte by byte.
 */
export function processorKind(): Manifest['processor'] {
  const flags = new Set(cpuFlags());
  return {
    architecture: process.arch,
    platform: process.platform,
    onnxruntime: (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string })
      .version,
    instruction_sets: DISPATCHED.filter((name) => flags.has(name)),
  };
}

/** Several kinds as one: `instruction_sets` then lists the kinds, each as JSON, whatever the order they came in. */
export function mergeProcessors(kinds: readonly Manifest['processor'][]): Manifest['processor'] {
  const all = new Set(
    kinds.flatMap((kind) => (kind.architecture === MIXED ? kind.instruction_sets : [JSON.stringify(kind)])),
  );
  if (all.size === 1) return kinds[0]!;
  return { architecture: MIXED, platform: MIXED, onnxruntime: MIXED, instruction_sets: [...all].sort() };
}

const MIXED = 'mixed';

/** The CPU's name, for run.json. */
export function processorName(): string {
  return os.cpus()[0]?.model.trim() ?? 'unknown';
}

/** Flags by /proc/cpuinfo; none where there is no such file, and then the architecture alone tells. */
function cpuFlags(): string[] {
  try {
    const match = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'));
    return match?.[1]?.split(/\s+/) ?? [];
  } catch {
    return [];
  }
}
