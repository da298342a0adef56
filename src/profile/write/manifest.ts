import { seal } from '../sealed-json.js';
import type { ManifestDraft } from '../types.js';

/** The bytes of manifest.json: the draft's fields in their order, the files by name. */
export function manifestText(draft: ManifestDraft, hashes: Readonly<Record<string, string>>): string {
  const files = Object.fromEntries(
    Object.keys(hashes)
      .sort()
      .map((name) => [name, hashes[name]]),
  );
  return seal({ ...draft, files });
}
