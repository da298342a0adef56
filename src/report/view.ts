import type { NeuronId } from '../core/neuron-name.js';
import type { ManifestDraft } from '../profile/types.js';
import type {
  CarrierRow,
  ConceptRow,
  ExampleRow,
  ExplainedRow,
  GateRow,
  LayerRow,
  NeuronRow,
  SpanRow,
} from '../profile/rows.js';
import type { LabelFigures, LabelQuery, NeuronLabels } from '../profile/read/best-labels.js';
import type { ConceptQuery, ConceptSort } from '../profile/read/concepts.js';
import type { TopPlaces } from '../profile/read/examples.js';
import type { ExampleColumns } from '../profile/read/example-columns.js';
import type { GateFigures } from '../profile/read/gates.js';
import type { Bin, BinRows } from '../profile/read/histograms.js';
import type { GateSigns, Side } from '../profile/format.js';

export type {
  Bin,
  CarrierRow,
  ConceptQuery,
  ConceptRow,
  ConceptSort,
  ExampleColumns,
  ExampleRow,
  ExplainedRow,
  GateFigures,
  GateRow,
  GateSigns,
  LabelFigures,
  LabelQuery,
  LayerRow,
  NeuronLabels,
  NeuronRow,
  Side,
  SpanRow,
};

/** What the renderers ask of a profile; rows have the names of the files' columns (design: on disk). */
export interface ProfileView {
  manifest: ManifestDraft;
  /** Whether the profile has this table: `topk` writes no figures, `stats` no examples. */
  has(table: 'neurons' | 'examples' | 'histograms' | 'layers' | 'concepts' | 'spans' | 'gate_cases'): boolean;
  /** In the order of the model; none where the table is missing. */
  layers(): Iterable<LayerRow>;
  /** In the order of the model; none where the table is missing. Of columns that are named, these alone. */
  neurons<Name extends keyof NeuronRow = keyof NeuronRow>(
    ...names: readonly Name[]
  ): Iterable<Pick<NeuronRow, Name>>;
  /** null where there is no such neuron, or no table. */
  neuron(id: NeuronId): NeuronRow | null;
  /** Best first; none where the table is missing. */
  examplesOf(id: NeuronId, side: Side): readonly ExampleRow[];
  /** The same of all sides as columns, in their order; none where the table is missing. */
  exampleColumns(id: NeuronId): Iterable<ExampleColumns>;
  /** Positions of each neuron's top examples, a list a neuron; none where the table is missing. */
  topPlaces(): Iterable<TopPlaces>;
  /** Ascending; none where the table is missing. */
  histogramOf(id: NeuronId): readonly Bin[];
  /** The same of many neurons, asked for in the order of the model; each answer is overwritten by the next. */
  histogramWalk(): (id: NeuronId) => BinRows;
  /** The best neurons of a label, best first, or of each label in their order; none where the table is missing. */
  bestConcepts(query: ConceptQuery): readonly ConceptRow[];
  /** The sign cases of a neuron's gate; none where the table is missing. */
  gateCasesOf(id: NeuronId): readonly GateRow[];
  /** The same of all neurons, in the order of the model; none where the table is missing. */
  gateCases(): Iterable<GateRow>;
  /** Their figures alone. */
  gateFigures(): Iterable<GateFigures>;
  /** The examples of a neuron's sign cases as columns; none where the table is missing. */
  gateExampleColumns(id: NeuronId): Iterable<ExampleColumns<GateSigns>>;
  /** The labels of a neuron, best first; none where the table is missing. */
  conceptsOf(id: NeuronId, sort: ConceptSort): readonly ConceptRow[];
  /** The same of labels of spans. */
  bestSpans(query: ConceptQuery): readonly SpanRow[];
  /** The labels of spans of a neuron, best first. */
  spansOf(id: NeuronId, sort: ConceptSort): readonly SpanRow[];
  /** The labels of documents, or of spans, that each neuron follows best, in the order of the model; none where the table is missing. */
  bestLabels(table: 'concepts' | 'spans', query: LabelQuery): Iterable<NeuronLabels>;
  /** What positions and tokens explain of a neuron; null where `--explain` was not asked for. */
  explainedOf(id: NeuronId): ExplainedRow | null;
  /** The same of all neurons, in the order of the model. */
  explained(): Iterable<ExplainedRow>;
  /** The classes that carry most of it, kind by kind, most first. */
  carriersOf(id: NeuronId): readonly CarrierRow[];
}
