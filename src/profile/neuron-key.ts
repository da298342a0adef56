import type { Columns } from './format.js';

/** The columns that say which neuron a row is of. */
export const NEURON = {
  group: { type: 'name', unit: '', says: 'encoder or decoder; empty where the model has one group' },
  layer: { type: 'int32', unit: '', says: 'FFN, from 0 in order of execution within its group' },
  neuron: { type: 'int32', unit: '', says: 'column of the FFN’s intermediate, from 0' },
} as const satisfies Columns;
