import { expect, test } from 'vitest';
import type { LabelCounts } from '../../src/profile/types.js';
import { askConcepts } from '../../src/report/concepts.js';
import type { ProfileView } from '../../src/report/view.js';

test('a label that several fields have must be named with its field', () => {
  const field = (name: string): LabelCounts => ({
    field: name,
    documents: [40, 40],
    missing: 0,
    labels: [{ label: 'love', documents: [20, 20], tested: true }],
  });
  const view = { manifest: { labels: [field('topic'), field('mood')] }, bestConcepts: () => [] };
  const ask = (label: string) =>
    askConcepts(view as unknown as ProfileView, { label, neuron: null, sort: 'f1', limit: null });
  expect(() => ask('love')).toThrow(/several fields have a label "love".*topic=love, mood=love/s);
  expect(() => ask('hate')).toThrow(/there is no label "hate"/);
  expect(ask('mood=love').label).toMatchObject({ field: 'mood', label: 'love' });
});
