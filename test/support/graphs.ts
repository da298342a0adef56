import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { processorKind } from '../../src/run/processor.js';
import { shared } from './shared.js';

export interface FedInput {
  dtype: string;
  shape: number[];
  values: number[];
}

/** A line of ../shared/graphs/manifest.jsonl (its README says what each field means). */
export interface GraphLine {
  file: string;
  expect: 'sites' | 'refuse';
  /** What it shows, such as `dynamic int8`. */
  variation?: string;
  reason?: string;
  groups?: Record<
    string,
    { layers: number; d_model: number; d_mlp: number[]; activation: string; gated: boolean }
  >;
  inputs?: Record<string, FedInput>;
  tolerance?: number;
  truth?: { file: string; sites: { group: string; shape: number[] }[]; compare?: string };
}

/** The graphs that have FFNs. */
export function graphsWithSites(): GraphLine[] {
  return graphLines(shared('graphs')).filter((line) => line.expect === 'sites');
}

/** All lines of a folder's manifest. */
export function graphLines(folder: string): GraphLine[] {
  return readFileSync(path.join(folder, 'manifest.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GraphLine);
}

export function feedsOf(names: readonly string[], inputs: Record<string, FedInput>): Record<string, Tensor> {
  return Object.fromEntries(names.map((name) => [name, tensorOf(inputs[name]!)]));
}

/**
 * Whether this processor can give the truth of a graph: that of int8 graphs was computed with VNNI. Without it, ONNX
 * Runtime adds two products of 8 bits in 16, which saturate, and activations differ by much.
 */
export function givesTruth({ file, variation }: GraphLine): boolean {
  if (variation?.includes('int8') !== true) return true;
  const { architecture, instruction_sets } = processorKind();
  const exact = architecture !== 'x64' || instruction_sets.some((name) => name.endsWith('_vnni'));
  if (!exact) console.log(`${file}: not compared with its truth, for this processor has no VNNI`);
  return exact;
}

/** Largest difference of each layer's values from the truth, over the positions that count. */
export function worstErrors(
  outputs: readonly Float32Array[],
  { truth, inputs }: GraphLine,
  folder = shared('graphs'),
): number[] {
  const bytes = readFileSync(path.join(folder, truth!.file));
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const mask = truth!.compare?.includes('attention_mask 1') ? inputs?.['attention_mask']?.values : undefined;
  let at = 0;
  return truth!.sites.map(({ shape }, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const theirs = all.subarray(at, at + size);
    at += size;
    const ours = outputs[i]!;
    expect(ours.length).toBe(size);
    const width = shape.at(-1)!;
    const masked = mask !== undefined && mask.length * width === size ? mask : null;
    let worst = 0;
    ours.forEach((value, k) => {
      if (masked?.[Math.floor(k / width)] === 0) return;
      const error = Math.abs(value - theirs[k]!);
      worst = error > worst || Number.isNaN(error) ? error : worst;
    });
    return worst;
  });
}

function tensorOf({ dtype, shape, values }: FedInput): Tensor {
  switch (dtype) {
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(values.map(BigInt)), shape);
    case 'int32':
      return new Tensor('int32', Int32Array.from(values), shape);
    case 'bool':
      return new Tensor('bool', Uint8Array.from(values.map(Number)), shape);
    case 'float16':
      expect(values.every((value) => value === 0)).toBe(true);
      return new Tensor('float16', new Uint16Array(values.length), shape);
    default:
      return new Tensor('float32', Float32Array.from(values), shape);
  }
}
