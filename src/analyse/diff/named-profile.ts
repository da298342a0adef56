import type { OpenProfile } from '../../profile/open-profile.js';

/** A profile and the name it was given by. */
export interface NamedProfile {
  folder: string;
  profile: OpenProfile;
}
