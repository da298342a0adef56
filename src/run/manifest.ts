import { FORMAT_VERSION } from '../profile/format.js';
import type { StateHeader } from '../profile/state/types.js';
import type { Manifest, ManifestDraft } from '../profile/types.js';
import { hashOfList } from './hash-files.js';

/** What a profile, or a part of one, is of. A pure function of its state: no clock, worker or host. */
export function makeManifest(
  header: StateHeader,
  summary: Manifest['summary'],
  complete: boolean,
  counts: Pick<Manifest, 'labels' | 'spans'> = {},
): ManifestDraft {
  const { command, processor, model, tokenizer, settings, corpus, covered, files } = header;
  const read = files.flatMap((file, i) => {
    if (file === null) return [];
    const { bytes, sha256, records } = file;
    return [{ path: corpus[i]!.path, bytes, sha256, records }];
  });
  const { digest, documents, headless, windows, counted_tokens, dumped, rejects } = covered;
  return {
    format: 'neuroprobe-profile',
    format_version: FORMAT_VERSION,
    complete,
    command,
    processor,
    model,
    tokenizer,
    corpus: {
      sha256: complete ? hashOfList(read) : null,
      files: read,
      digest,
      records: read.reduce((sum, { records }) => sum + records, 0),
      documents,
      ...(headless === undefined ? {} : { headless }),
      windows,
      counted_tokens,
      ...(dumped === undefined ? {} : { dumped }),
      rejects,
    },
    settings,
    ...counts,
    summary,
  };
}
