import type { OpenProfile } from '../profile/open-profile.js';

/** What an exporter is given. */
export interface ExportContext {
  profile: OpenProfile;
  /** An empty folder to write into. */
  folder: string;
  /** Told of rows or neurons done; `total` is null where nobody knows it. */
  onProgress: (done: number, total: number | null) => void;
  /** Its reason is thrown between two neurons or batches. */
  signal: AbortSignal;
}

/** What an exporter has to say of what it wrote. */
export interface Exported {
  /** `1,300 neurons` … */
  wrote: string;
  /** Sentences about what could not be written as it is. */
  notices: string[];
}

export type Exporter = (context: ExportContext) => Promise<Exported>;
