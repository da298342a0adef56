import { realpathSync } from 'node:fs';
import path from 'node:path';
import { openProfile } from '../profile/open-profile.js';
import { replaceFile } from '../profile/write/replace-file.js';
import { renderHtml, type HtmlOutcome } from '../report/html/render-html.js';
import { filePlace } from './file-place.js';

/** Which profile's page is to be written, and where. */
export interface HtmlRequest {
  /** Its directory. */
  profile: string;
  /** The file to write. */
  file: string;
  /** Neurons whose examples go in (Infinity: all); null (default) for as many as fit in the usual size. */
  neurons?: number | null;
  /** Replace what stands at `file`; default: no. */
  force?: boolean;
}

/**
 * Writes a profile's page to a file of its own, whole or not at all.
 * @param onForeseen called where `neurons` is given, with the bytes that the page will have, to some percent
 * @throws UserError: 65, 66 of the profile, 73, 74, 75 of the file
 */
export async function writeHtmlFile(
  { profile, file, neurons = null, force = false }: HtmlRequest,
  onForeseen: (bytes: number) => void = () => {},
): Promise<HtmlOutcome> {
  const view = await openProfile(profile);
  const folder = realpathSync(profile);
  // The manifest has the hash of each file of the profile.
  const refuse = (place: string) =>
    Promise.resolve(path.dirname(place) === folder ? 'the profile’s own files are not to be changed' : null);
  const place = await filePlace(file, { force, flag: '--html', example: 'report.html', refuse });
  let outcome: HtmlOutcome | null = null;
  function* pieces(): Generator<Uint8Array> {
    const page = renderHtml(view, neurons === null ? undefined : { neurons, onForeseen });
    for (;;) {
      const next = page.next();
      if (next.done === true) {
        outcome = next.value;
        return;
      }
      yield Buffer.from(next.value);
    }
  }
  await replaceFile(place.path, pieces());
  return outcome!;
}
