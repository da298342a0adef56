import { seal } from '../sealed-json.js';
import type { ManifestDraft } from '../types.js';

/** The bytes of manifest.json: its fields in their order, the files by name. */
export function manifestText(draft: ManifestDraft, hashes: Readonly<Record<string, string>>): string {
  const { format, format_version, command, processor, model, tokenizer, corpus, settings, summary } = draft;
  const files = Object.fromEntries(
    Object.keys(hashes)
      .sort()
      .map((name) => [name, hashes[name]]),
  );
  return seal({
    format,
    format_version,
    command,
    processor,
    model,
    tokenizer,
    corpus,
    settings,
    summary,
    files,
  });
}
