import type { Site } from './types.js';

/** What a site is, under the names that files and scripts know it by. */
export function describeSite({ group, layer, dModel, dMlp, activation, gated }: Site) {
  return { group, layer, d_model: dModel, d_mlp: dMlp, activation, gated };
}
