import { deadSentences } from '../dead-section.js';
import { figureNotes } from '../figure-notes.js';
import { FIT_COLUMNS, sketchAdvice } from '../sketch-advice.js';
import type { ProfileView } from '../view.js';
import type { PageFacts } from './page-facts.js';

/** Corpus files that the page names. */
const FILES = 20;

/** What the page is told of a profile beside its neurons. */
export function factsOf(view: ProfileView): Omit<PageFacts, 'rowsOfSite'> {
  const { command, model, tokenizer, corpus, settings, summary } = view.manifest;
  const { documents, windows, counted_tokens, rejects, sha256 } = corpus;
  const range = settings['sketch_range'] as [number, number];
  const figures = view.has('neurons');
  // Lines without end, to be broken where the page is read.
  const notes = figures
    ? [...sketchAdvice(view.neurons(...FIT_COLUMNS), range, Infinity), ...figureNotes(view, Infinity)]
    : [];
  return {
    ...{ command, summary },
    model: {
      ...{ path: model.path, tap: model.tap, parameters: model.parameters },
      ...{ layers_in_model: model.layers_in_model, sha256: model.files.map((file) => file.sha256) },
    },
    tokenizer: tokenizer?.path ?? null,
    corpus: {
      ...{ documents, windows, counted_tokens, rejects, sha256 },
      files: corpus.files.slice(0, FILES).map(({ path, records }) => ({ path, records })),
      fileCount: corpus.files.length,
    },
    settings: { ...settings, neurons: Array.isArray(settings['neurons']) ? 'some' : null },
    sites: model.sites.map(({ group, layer, d_model, d_mlp, activation, gated }) => ({
      ...{ group, layer, d_model, d_mlp, activation, gated },
    })),
    layers: [...view.layers()],
    dead: deadSentences(view),
    notes: notes.map((line) => line.trim()),
    has: { figures, examples: view.has('examples'), histograms: view.has('histograms') },
    rank: figures ? 'figures' : 'examples',
  };
}
