import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { safetensorsLayout, type Dtype } from '../../../src/profile/dump/safetensors.js';

interface Made {
  tensors: { name: string; dtype: Dtype; shape: number[] }[];
  /** What the library wrote before the first tensor, in hex. */
  head: string;
  bytes: number;
}

const MADE = JSON.parse(readFileSync(new URL('safetensors.json', import.meta.url), 'utf8')) as Made[];

test.each(MADE)('lays tensors out as the format’s own library does: $tensors', ({ tensors, head, bytes }) => {
  const layout = safetensorsLayout(tensors);
  expect(Buffer.from(layout.head).toString()).toBe(Buffer.from(head, 'hex').toString());
  expect(layout.bytes).toBe(bytes);
});
