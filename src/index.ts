export { profile } from './run/profile.js';
export { merge, type MergeHooks, type MergeRequest } from './run/merge.js';
export { checkProfile, type Fault } from './profile/check-profile.js';
export { DEFAULTS, type AskedProfile } from './run/defaults.js';
export type { Command, ProfileRequest, Progress, RunHooks, RunOutcome } from './run/types.js';
export { openProfile } from './profile/open-profile.js';
export type { Manifest } from './profile/types.js';
export type {
  ConceptQuery,
  ConceptRow,
  ConceptSort,
  ExampleRow,
  LayerRow,
  NeuronRow,
  ProfileView,
} from './report/view.js';
export { diffProfiles, type DiffOptions, type ProfileDiff } from './analyse/diff/diff-profiles.js';
export { parseGate, type Gate } from './analyse/diff/gate-grammar.js';
export { judgeGates, type JudgedGate } from './analyse/diff/judge-gates.js';
export type { NeuronDiff } from './analyse/diff/neuron-diff.js';
export { openWeights, type NeuronWeights, type WeightsRequest } from './run/weights/read-weights.js';
export { renderReport } from './report/report.js';
export { renderHtml, type HtmlOutcome } from './report/html/render-html.js';
export type { Keep } from './report/html/example-blocks.js';
export { openModel } from './model/open-model.js';
export { exposeModel, type ExposedModel } from './model/expose.js';
export type { Exposure, Site, Tap } from './model/types.js';
export { formatNeuron, parseNeuron, type NeuronId } from './core/neuron-name.js';
export { Exit, UserError, type ExitCode, type Trouble } from './core/errors.js';
