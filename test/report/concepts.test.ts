import { expect, test } from 'vitest';
import { PLAIN } from '../../src/report/paint.js';
import type { LabelCounts } from '../../src/profile/types.js';
import { askConcepts, renderConcepts } from '../../src/report/concepts.js';
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

test('a label with documents enough and values of no neuron is said to have no figures', () => {
  const labels: LabelCounts[] = [
    {
      field: 'topic',
      documents: [50, 50],
      missing: 0,
      labels: [{ label: 'love', documents: [20, 26], tested: true }],
    },
  ];
  const render = (label: string | null) => {
    const question = { label, neuron: null, sort: 'f1', limit: null } as const;
    const view = {
      manifest: { labels },
      bestConcepts: () => [],
      bestSpans: () => [],
    } as unknown as ProfileView;
    return renderConcepts(askConcepts(view, question), question, { paint: PLAIN, width: 200 });
  };
  expect(render(null)).toMatch(/No neuron has the figures of topic=love: it takes 20 values/);
  expect(render('topic=love')).toMatch(
    /20 \+ 26 in the halves\. No neuron has the figures: it takes 20 values/,
  );
});
