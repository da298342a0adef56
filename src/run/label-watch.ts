import type { AccumulatorSettings } from '../accumulate/layer-state.js';
import { grouped } from '../report/numbers.js';
import { capSettings, LabelCap } from './label-cap.js';
import type { BlockSummary } from './messages.js';

/** Documents after which a field without a label is worth a word. */
const ENOUGH = 100;

/** Follows the labels that blocks bring: their number, and fields that bring none. */
export class LabelWatch {
  private readonly cap: LabelCap | null;
  /** By number of the field: `--label-field topic`. */
  private readonly options: readonly string[];
  private readonly onNotice: (sentence: string) => void;
  private documents = 0;
  private hasLooked = false;

  constructor(settings: AccumulatorSettings, onNotice: (sentence: string) => void = () => {}) {
    const capped = capSettings(settings);
    const ofDocuments = settings.labels?.fields.length ?? 0;
    this.cap = capped === null ? null : new LabelCap(capped);
    this.options = (capped?.fields ?? []).map(
      (field, i) => `--${i < ofDocuments ? 'label' : 'span'}-field ${field}`,
    );
    this.onNotice = onNotice;
  }

  /**
   * Takes in what a block held. Says once, after the first documents, which fields had no label in any: a name that is
   * mistyped should not be found out at the end of a long run.
   * @param where the corpus
   * @throws UserError 65 where there are more labels than there may be
   */
  take({ labels, documents }: BlockSummary, where: string): void {
    if (this.cap === null) return;
    this.cap.add(labels, where);
    this.documents += documents;
    if (this.hasLooked || this.documents < ENOUGH) return;
    this.hasLooked = true;
    for (const field of this.cap.fieldsWithout())
      this.onNotice(
        `none of the first ${grouped(this.documents)} documents has a label for ${this.options[field]!}: is that its name?`,
      );
  }
}
