import { expect, test } from 'vitest';
import { Summary } from '../../src/profile/summary.js';
import { LAYERS, madeLayer } from './made.js';

test('a summary counts neurons, dead and broken ones over all layers, and names the most selective', () => {
  const rows = Array.from({ length: 1000 }, (_, token) => [token % 2, token < 20 ? 1 : 0]);
  const layers = [...LAYERS, madeLayer({ group: 'encoder', layer: 4, documents: [rows] })];
  const summary = new Summary(1);
  for (const layer of layers) summary.add(layer);
  const { most_selective, ...counts } = summary.result();
  expect(counts).toEqual({ neurons: 9, dead: 2, broken: 2 });
  expect(most_selective.map(({ neuron }) => neuron)).toEqual(['enc.L4.N1']);
  expect(most_selective[0]!.selectivity).toBeGreaterThan(30);
});
