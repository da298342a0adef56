import { Exit, UserError } from '../../core/errors.js';
import { formatNeuron } from '../../core/neuron-name.js';
import type { ExampleKeys } from '../../profile/read/examples.js';
import type { OpenProfile } from '../../profile/open-profile.js';
import type { Manifest } from '../../profile/types.js';
import { ClassWatch, haveSameClasses, type ClassChanges } from './class-changes.js';
import { exampleMismatches, mismatches, requireComparable, type Mismatch } from './comparable.js';
import { haveLabels, LabelWatch, type LabelChanges } from './label-changes.js';
import { requireMatchable } from '../match/matchable.js';
import { MostMoved } from './most-moved.js';
import type { NamedProfile } from './named-profile.js';
import { compareNeuron, sideOf, type KeyOf, type NeuronDiff } from './neuron-diff.js';
import { matchedPairs, samePairs, type LayerMatching } from './neuron-pairs.js';
import { TallyBuilder, type Tally } from './tally.js';

/** How two profiles are compared. */
export interface DiffOptions {
  /** Takes profiles of other corpora, tokenizers and settings; what differs is listed. Default: no. */
  allowDifferent?: boolean;
  /** Compares each neuron with the one whose activations correlate most with its own, not with its namesake. Default: no. */
  match?: boolean;
  /** How many of the neurons that moved most are kept; default: 12. */
  moved?: number;
  /** Names kept of those that died, and of each other event; default: 24. */
  named?: number;
}

export interface LayerTally extends Tally {
  group: string;
  layer: number;
}

/** What a new checkpoint changed. */
export interface ProfileDiff {
  a: { folder: string; manifest: Manifest };
  b: { folder: string; manifest: Manifest };
  all: Tally;
  layers: LayerTally[];
  /** Farthest first. */
  moved: NeuronDiff[];
  /** The first that died, and so on, in the order of the model. */
  named: Record<'died' | 'revived' | 'broke' | 'mended', string[]>;
  /** What else differs (with `allowDifferent`). */
  different: Mismatch[];
  /** Why there is no overlap of examples: rules that differ; null where there is one, or no examples. */
  noOverlap: Mismatch | null;
  /** By layer, with `match`; null without. */
  matching: LayerMatching[] | null;
  /** What neurons are named for; null where not both profiles were made with the same `--explain`. */
  classes: ClassChanges | null;
  /** Which neurons tell labels best; null where not both profiles have any. */
  labels: LabelChanges | null;
}

/**
 * Compares two profiles of the same corpus, neuron by neuron in one walk over
 * both. Memory: 48 bytes a neuron twice, and a record batch of each table; with `match` see `matchedPairs`.
 * @param each is given every neuron, in the order of the model
 * @throws UserError: 78 where they are not comparable or have no figures, 65 where a table is damaged
 */
export async function diffProfiles(
  before: NamedProfile,
  after: NamedProfile,
  { allowDifferent = false, match = false, moved = 12, named = 24 }: DiffOptions = {},
  each: (diff: NeuronDiff) => Promise<void> | void = () => {},
): Promise<ProfileDiff> {
  const [a, b] = [before, after].map(({ folder, profile }) => ({ folder, manifest: profile.manifest })) as [
    ProfileDiff['a'],
    ProfileDiff['b'],
  ];
  for (const { folder, profile } of [before, after]) requireFigures(folder, profile);
  requireComparable(a, b, { allowDifferent, match });
  if (match) requireMatchable(before, after);
  const different = mismatches(a.manifest, b.manifest);
  const bothHave = (table: 'examples' | 'histograms') =>
    before.profile.has(table) && after.profile.has(table);
  // Places in one corpus mean nothing in another.
  const [rule] = bothHave('examples') ? [...different, ...exampleMismatches(a.manifest, b.manifest)] : [];
  const parts = { examples: bothHave('examples') && rule === undefined, histograms: bothHave('histograms') };

  const all = new TallyBuilder();
  const layers: (Pick<LayerTally, 'group' | 'layer'> & { tally: TallyBuilder })[] = [];
  const most = new MostMoved(moved);
  const names: ProfileDiff['named'] = { died: [], revived: [], broke: [], mended: [] };
  const keysOf = keyRule(a.manifest);
  const matching: LayerMatching[] = [];
  const [one, other] = [before.profile, after.profile];
  const classes = haveSameClasses(one, other) ? new ClassWatch(one, other, named) : null;
  const labels = haveLabels(one, other) ? new LabelWatch(one, other) : null;
  const pairs = match
    ? matchedPairs(before.profile, after.profile, parts, (layer, unmatched) => {
        matching.push(layer);
        const tally = new TallyBuilder();
        layers.push({ group: layer.group, layer: layer.layer, tally });
        for (const side of ['a', 'b'] as const) {
          for (const row of unmatched[side]) {
            tally.addUnmatched(side, sideOf(row));
            all.addUnmatched(side, sideOf(row));
          }
        }
      })
    : samePairs(before.profile, after.profile, parts);
  for (const { a: from, b: to, partner } of pairs) {
    const diff = compareNeuron(from, to, keysOf);
    if (partner !== undefined) diff.partner = partner;
    const { group, layer } = diff;
    let last = layers.at(-1);
    if (last?.group !== group || last.layer !== layer)
      layers.push((last = { group, layer, tally: new TallyBuilder() }));
    last.tally.add(diff);
    all.add(diff);
    most.add(diff);
    classes?.add(diff);
    labels?.add(diff);
    for (const event of ['died', 'revived', 'broke', 'mended'] as const) {
      if (diff[event] && names[event].length < named) names[event].push(formatNeuron(diff));
    }
    await each(diff);
  }
  return {
    a,
    b,
    all: all.result(),
    layers: layers.map(({ group, layer, tally }) => ({ group, layer, ...tally.result() })),
    moved: most.neurons(),
    named: names,
    different,
    noOverlap: rule ?? null,
    matching: match ? matching : null,
    classes: classes?.result() ?? null,
    labels: labels?.result() ?? null,
  };
}

function requireFigures(folder: string, profile: OpenProfile): void {
  if (profile.has('neurons')) return;
  throw new UserError({
    what: `this profile has no figures to compare: ${profile.manifest.command} keeps examples only`,
    where: folder,
    todo: 'make both with neuroprobe profile, or with stats',
    exit: Exit.SETTINGS,
  });
}

/**
 * One example a document or text: the document is what it is of. Else the place
 * of the token, which is one of a window too with `--per window`.
 */
function keyRule({ settings }: Manifest): KeyOf {
  const tokens = ({ documents, windows, positions }: ExampleKeys) =>
    documents.map((document, i) => `${document} ${windows[i]} ${positions[i]}`);
  if (settings['distinct'] === 'none') return tokens;
  return ({ documents }) => documents.map(String);
}
