import type { Manifest } from '../profile/types.js';

/** What scripts get of a run: one plain object. */
export function summaryJson(
  { manifest }: { manifest: Manifest },
  { output, alreadyDone }: { output: string; alreadyDone: boolean },
): Record<string, unknown> {
  const { command, model, corpus, settings, summary, files } = manifest;
  return {
    output,
    already_done: alreadyDone,
    complete: manifest.complete,
    command,
    model: {
      path: model.path,
      tap: model.tap,
      layers: model.sites.length,
      layers_in_model: model.layers_in_model,
      parameters: model.parameters,
    },
    corpus: {
      records: corpus.records,
      documents: corpus.documents,
      windows: corpus.windows,
      counted_tokens: corpus.counted_tokens,
      ...(corpus.dumped === undefined ? {} : { dumped: corpus.dumped }),
      rejects: corpus.rejects,
      sha256: corpus.sha256,
    },
    settings,
    summary,
    files: [...Object.keys(files), 'manifest.json', 'run.json'].sort(),
  };
}
