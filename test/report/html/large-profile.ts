import type { LayerFigures } from '../../../src/accumulate/types.js';
import type { Extremes } from '../../../src/accumulate/extremes.js';
import type { ManifestDraft, ProfileLayer } from '../../../src/profile/types.js';
import { beginProfile } from '../../../src/profile/write-profile.js';

const TOKENS = 1e6;
const SETTINGS = {
  top: 20,
  bottom: false,
  context: 256,
  around: 16,
  active_above: 0,
  sketch_range: [-11, 7],
};

/** Writes a profile as `stats` would, of figures drawn by a fixed rule: `layers` × `width` neurons. */
export async function writeLargeProfile(output: string, layers: number, width: number): Promise<void> {
  const random = randomFrom(7);
  const made = Array.from({ length: layers }, (_, layer) => madeLayer(layer, width, random));
  const writer = await beginProfile(output, { force: true });
  const sites = made.map(({ site }) => site);
  const context = { sites, files: ['large.jsonl'], recordsBefore: [0], tokenOf: null };
  const wanted = { neurons: true, examples: false, histograms: true, layers: true };
  await writer.writeTables(made, context, wanted);
  await writer.finish(draftOf(made), { format: 'neuroprobe-run' });
}

function madeLayer(layer: number, width: number, random: () => number): ProfileLayer {
  const doubles = (of: () => number) => Float64Array.from({ length: width }, of);
  const std = doubles(() => 0.05 + random());
  const max = Float32Array.from(std, (sigma) => sigma * (4 + 40 * random() ** 3));
  const min = Float32Array.from(std, (sigma) => -sigma * (1 + random()));
  const active = doubles(() => (random() < 0.02 ? 0 : Math.floor(TOKENS * random() ** 4)));
  const figures: LayerFigures = {
    neuron: Int32Array.from({ length: width }, (_, j) => j),
    count: TOKENS,
    ...{ zero: doubles(() => 0), positive: active, active, nan: doubles(() => 0), inf: doubles(() => 0) },
    activeRate: active.map((count) => count / TOKENS),
    dead: Uint8Array.from(active, (count) => (count === 0 ? 1 : 0)),
    ...{ mean: doubles(random), variance: std.map((sigma) => sigma ** 2), std },
    ...{ skewness: doubles(() => 9 * random()), kurtosis: doubles(() => 300 * random() ** 4 - 1) },
    ...{ min: extremes(min, random), max: extremes(max, random) },
    quantiles: Array.from({ length: 7 }, (_, q) => std.map((sigma) => sigma * (q - 2) * 0.3)),
    ...{ nearZero: doubles(() => 9), clampedLow: doubles(() => 0), clampedHigh: doubles(() => 0) },
  };
  const edges = Array.from({ length: width }, (_, j) => [min[j]!, 0, max[j]! / 2, max[j]!]);
  const histogram = {
    neuron: Int32Array.from(edges.flatMap((_, j) => [j, j, j])),
    lower: Float64Array.from(edges.flatMap(([a, b, c]) => [a!, b!, c!])),
    upper: Float64Array.from(edges.flatMap(([, b, c, d]) => [b!, c!, d!])),
    count: Float64Array.from(edges.flatMap(() => [TOKENS - 100_000, 99_950, 50])),
  };
  const site = { group: '', layer, dModel: 768, dMlp: width, activation: 'gelu', gated: false };
  return { site, figures, histogram, examples: { top: null, bottom: null, random: null, band: null } };
}

function extremes(value: Float32Array, random: () => number): Extremes {
  const ints = (below: number) => Int32Array.from(value, () => Math.floor(below * random()));
  return {
    value,
    ...{ file: ints(1), record: ints(5000), window: ints(2), position: ints(256), tokenId: ints(50257) },
  };
}

function draftOf(made: readonly ProfileLayer[]): ManifestDraft {
  const sites = made.map(({ site, figures }) => ({
    ...{ group: site.group, layer: site.layer, d_model: site.dModel, d_mlp: site.dMlp },
    ...{ activation: site.activation, gated: site.gated, tensor: '', neurons: figures.neuron.length },
  }));
  const neurons = sites.reduce((sum, site) => sum + site.neurons, 0);
  const dead = made.reduce((sum, { figures }) => sum + figures.dead.reduce((a, b) => a + b, 0), 0);
  return {
    ...{ format: 'neuroprobe-profile', format_version: '1.0', complete: true, command: 'stats' },
    processor: { architecture: 'x64', platform: 'linux', onnxruntime: '1.30.0', instruction_sets: [] },
    model: { path: 'large', files: [], tap: 'post', parameters: 1e9, layers_in_model: sites.length, sites },
    tokenizer: null,
    corpus: {
      ...{ sha256: '0'.repeat(64), digest: '0'.repeat(64), rejects: {} },
      files: [{ path: 'large.jsonl', bytes: 1, sha256: '0'.repeat(64), records: 5000 }],
      ...{ records: 5000, documents: 5000, windows: 5000, counted_tokens: TOKENS },
    },
    settings: SETTINGS,
    summary: { neurons, dead, broken: 0, most_selective: [] },
  };
}

/** Numbers in [0, 1) that are the same each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
