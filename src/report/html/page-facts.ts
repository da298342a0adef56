import type { Manifest } from '../../profile/types.js';
import type { LayerRow } from '../../profile/rows.js';

type Site = Manifest['model']['sites'][number];

/** What the page is told beside its columns, as JSON. */
export interface PageFacts {
  command: string;
  /** Neurons in the table of each of the sites, whose rows follow one another. */
  rowsOfSite: number[];
  model: Pick<Manifest['model'], 'path' | 'tap' | 'parameters' | 'layers_in_model'> & { sha256: string[] };
  tokenizer: string | null;
  corpus: Pick<Manifest['corpus'], 'documents' | 'windows' | 'counted_tokens' | 'rejects' | 'sha256'> & {
    /** The first ones, and how many there are. */
    files: { path: string; records: number }[];
    fileCount: number;
  };
  settings: Manifest['settings'];
  summary: Manifest['summary'];
  sites: Pick<Site, 'group' | 'layer' | 'd_model' | 'd_mlp' | 'activation' | 'gated'>[];
  layers: LayerRow[];
  /** Sentences of the text report: on dead neurons, and on what is to be noted. */
  dead: string[];
  notes: string[];
  has: { figures: boolean; examples: boolean; histograms: boolean };
  /** Which rank chose the neurons whose examples are here. */
  rank: 'figures' | 'examples';
}
