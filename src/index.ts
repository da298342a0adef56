/**
 * neuroprobe as a library: what the command line does, as functions. Whatever a user can put right is thrown as a
 * {@link UserError}, which says what is wrong, where, what to do, and the exit code that the command line gives.
 *
 * @module neuroprobe
 */

// Making profiles.
export { profile } from './run/profile.js';
export { DEFAULTS, type AskedProfile } from './run/defaults.js';
export type { Command, ProfileRequest, Progress, RunHooks, RunOutcome } from './run/types.js';
export type { Shard } from './run/shard.js';
export type { RecordFields } from './corpus/types.js';
export { merge, type MergeHooks, type MergeRequest } from './run/merge.js';
export { checkProfile, type Fault } from './profile/check-profile.js';
export {
  kubernetesManifest,
  parallelScript,
  slurmScript,
  type KubernetesPlace,
  type SharedRun,
  type SlurmPlace,
} from './run/cluster-scripts.js';

// Reading profiles.
export { openProfile, type OpenProfile } from './profile/open-profile.js';
export type { ProfileTables } from './profile/read/tables.js';
export {
  CONCEPT_COLUMNS,
  EXAMPLE_COLUMNS,
  GATE_COLUMNS,
  GATE_SIGNS,
  LAYER_COLUMNS,
  MATCH_COLUMNS,
  MATCH_PLACE_COLUMNS,
  NEURON_COLUMNS,
  SIDES,
  SPAN_COLUMNS,
  TABLES,
  type TableName,
} from './profile/format.js';
export type { FileEntry, LabelCounts, Manifest, ManifestDraft, SpanCounts } from './profile/types.js';
export type {
  Bin,
  ConceptQuery,
  ConceptRow,
  GateRow,
  ConceptSort,
  ExampleColumns,
  ExampleRow,
  GateFigures,
  GateSigns,
  LabelFigures,
  LabelQuery,
  LayerRow,
  NeuronLabels,
  NeuronRow,
  ProfileView,
  Side,
  SpanRow,
} from './report/view.js';
export type { BinRows } from './profile/read/histograms.js';
export type { MatchLayer, MatchPlace } from './profile/read/match.js';
export type { ExampleKeys, TopPlaces } from './profile/read/examples.js';
export { CONCEPT_SORTS } from './profile/read/concepts.js';
export { DocumentSample, type SampledDocument } from './profile/read/documents.js';
export {
  checkPermutations,
  type FieldCheck,
  type LabelCheck,
  type OnShare,
  type PermutationSettings,
  type SampledValues,
} from './analyse/permutations/permutation-check.js';
export type { SketchRange } from './accumulate/bin-of.js';
export type { LabelNull } from './analyse/permutations/maximum-null.js';
export { findNeurons, type Found, type FoundColumn, type Query } from './query/find-neurons.js';
export type { Value } from './query/evaluate.js';
export { grepExamples, type Coverage, type Grep, type Hit } from './query/grep-examples.js';
export type { Pattern } from './query/pattern.js';

// Reports, and other tools' formats.
export { renderReport } from './report/report.js';
export { renderHtml, type HtmlOutcome } from './report/html/render-html.js';
export type { Keep } from './report/html/example-blocks.js';
export { writeHtmlFile, type HtmlRequest } from './run/html-file.js';
export { exportProfile, type ExportRequest } from './export/export-profile.js';
export type { Exported } from './export/types.js';
export type { NeuronpediaNames } from './export/neuronpedia-names.js';

// Comparing checkpoints.
export {
  diffProfiles,
  type DiffOptions,
  type LayerTally,
  type ProfileDiff,
} from './analyse/diff/diff-profiles.js';
export type { ClassChanges } from './analyse/diff/class-changes.js';
export type { BestNeuron, LabelChange, LabelChanges } from './analyse/diff/label-changes.js';
export type { NamedProfile } from './analyse/diff/named-profile.js';
export type { LayerMatching, UnmatchedNeuron } from './analyse/diff/neuron-pairs.js';
export type { Reason } from './analyse/match/match-layer.js';
export type { Unfit } from './analyse/match/standardise.js';
export type { Mismatch } from './analyse/diff/comparable.js';
export type { State, Tally } from './analyse/diff/tally.js';
export type { Event, Measure, NeuronDiff, Partner, Side as DiffSide } from './analyse/diff/neuron-diff.js';
export {
  parseGate,
  type Bound,
  type Gate,
  type Quantity,
  type Scope,
  type Statistic,
} from './analyse/diff/gate-grammar.js';
export { judgeGates, type GateResult, type JudgedGate } from './analyse/diff/judge-gates.js';
export { renderMarkdown } from './report/diff/markdown.js';
export { renderJunit } from './report/diff/junit.js';

// Models and their weights.
export {
  openWeights,
  type NeuronWeights,
  type WeighedModel,
  type WeightsRequest,
} from './run/weights/read-weights.js';
export type { Effects } from './run/weights/extremes.js';
export { inspectModel } from './run/inspect-model.js';
export type { InspectedInput, InspectedSite, Inspection } from './report/inspection.js';
export { exposeToFile, type ExposeRequest } from './run/expose-file.js';
export type { ExposedOutput, ExposedSummary } from './report/exposed-summary.js';
export { openModel } from './model/open-model.js';
export { exposeModel, type ExposedModel } from './model/expose.js';
export type { SiteChoice } from './model/choose-sites.js';
export { DEVICES, type Device } from './model/device.js';
export type { Exposure, Site, Tap } from './model/types.js';

export { formatLayer, formatNeuron, parseNeuron, type NeuronId } from './core/neuron-name.js';
export { Exit, UserError, type ExitCode, type Trouble } from './core/errors.js';
