import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** What the benchmarks compare with. A change here is a change of every ratio: measure both before and after. */
const FROZEN = {
  'bare.js': '7deebef03b8ce67e15b608c73fea69f59ab29d6b575567a1ac3cb790dc127c29',
  'tiled.ts': '8415a3ada43336e425989517da98f4bab630a359d92069bb7c2a2af91b08bcbe',
  'tiled-kernel.js': '2d5a31ce621726c00f0de473e319e0d7427dca1f1ed860c6668f726c12187c1e',
};

test.each(Object.entries(FROZEN))('the baseline %s is as it was', (name, sha256) => {
  const bytes = readFileSync(new URL(`baseline/${name}`, import.meta.url));
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
});
