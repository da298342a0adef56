import { Exit, UserError } from '../core/errors.js';
import { schemeOfTable } from '../report/scheme-of-table.js';
import { TokenPieces } from '../report/token-pieces.js';
import type { OpenProfile } from '../profile/open-profile.js';

/**
 * How a profile's tokens read, for a format that is made of examples.
 * @throws UserError (exit 65) where the profile has none
 */
export function requireExamples(profile: OpenProfile, format: string): TokenPieces {
  if (profile.has('examples')) return new TokenPieces(schemeOfTable(profile) ?? 'words');
  throw new UserError({
    what: `${format} is made of examples, and this profile has none`,
    where: 'examples.arrow, which is not there',
    todo: `${profile.manifest.command} does not write it: make a profile with neuroprobe profile`,
    exit: Exit.DATA,
  });
}
