import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

/** Imports JSON in a way that node 20 refuses, and names source maps that it does not bring. */
const WORKFLOW_PARSER = '@actions/workflow-parser';

export default defineConfig({
  plugins: [
    {
      name: 'without-source-maps',
      load: (id) =>
        id.includes(WORKFLOW_PARSER) && id.endsWith('.js')
          ? readFileSync(id, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
          : null,
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Two cores: each end-to-end test starts workers of its own.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    server: { deps: { inline: [WORKFLOW_PARSER] } },
  },
});
