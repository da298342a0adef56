import { describe, expect, test } from 'vitest';
import type { UserError } from '../../src/core/errors.js';
import { withDefaults, type AskedProfile } from '../../src/run/defaults.js';
import type { Explaining } from '../../src/run/explain-memory.js';
import { predictMemory } from '../../src/run/memory.js';
import { requireWritable } from '../../src/run/require-writable.js';
import { accumulatorSettings } from '../../src/run/settings.js';

/** Of layers of these widths, in a run of these settings. */
function require(neurons: number[], asked: Partial<AskedProfile>, vocabulary = 50_257): UserError | null {
  const request = withDefaults({ model: 'm.onnx', corpus: [], ...asked });
  const explaining: Explaining = { kinds: request.explain, context: 256, vocabulary, neurons };
  const sizes = { width: 0, rows: 1024, weights: 0, pending: 0, explaining };
  const all = neurons.reduce((sum, ofLayer) => sum + ofLayer, 0);
  const memory = predictMemory(accumulatorSettings(request), { ...sizes, neurons: all });
  try {
    requireWritable(memory, explaining);
    return null;
  } catch (error) {
    return error as UserError;
  }
}

describe('a layer that no state can hold', () => {
  test('is refused before the run, with what takes most', () => {
    const samples = { random: 0, bands: 0, match: 65_536 };
    const match = require([64, 8192], { samples });
    expect(match?.trouble.exit).toBe(69);
    expect(match?.trouble.what).toMatch(
      /^what is kept of one layer of 8,192 neurons may take [2-4]\.\d GiB, most of it for --examples match=N/,
    );
    expect(match?.trouble.todo).toContain('match by fewer positions');
    expect(require([4096, 4096, 4096], { samples })).toBeNull();
    const explain = require([16_384], { explain: ['token'] });
    expect(explain?.trouble.what).toContain('most of it for --explain');
    expect(require([16_384], { explain: ['position'] })).toBeNull();
    expect(require([100_000], {})).toBeNull();
  });
});
