import type { AccumulatorSettings } from '../../src/accumulate/layer-state.js';

/** Everything on, and small. */
export const DEFAULT: AccumulatorSettings = {
  activeAbove: 0,
  sketchRange: { low: -11, high: 7 },
  k: 3,
  bottom: true,
  around: 1,
  distinct: 'document',
  per: 'token',
  random: 2,
  bands: 1,
  seed: 5,
  explain: ['position', 'token', 'previous'],
  match: 3,
  gateCases: true,
  labels: { fields: ['topic', 'speaker'], most: 64 },
  spans: { fields: ['entity', 'lexical'], most: 64 },
};
