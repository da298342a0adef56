import { Exit, UserError } from '../../core/errors.js';
import { formatNeuron } from '../../core/neuron-name.js';
import type { ExampleKeys } from '../../profile/read/examples.js';
import type { OpenProfile } from '../../profile/open-profile.js';
import type { NeuronRow } from '../../profile/rows.js';
import type { Manifest } from '../../profile/types.js';
import { exampleMismatches, mismatches, requireComparable, type Mismatch } from './comparable.js';
import { MostMoved } from './most-moved.js';
import { compareNeuron, type KeyOf, type NeuronData, type NeuronDiff } from './neuron-diff.js';
import { TallyBuilder, type Tally } from './tally.js';

/** A profile and the name it was given by. */
export interface NamedProfile {
  folder: string;
  profile: OpenProfile;
}

/** How two profiles are compared. */
export interface DiffOptions {
  /** Takes profiles of other corpora, tokenizers and settings; what differs is listed. Default: no. */
  allowDifferent?: boolean;
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
}

/**
 * Compares two profiles of the same corpus, neuron by neuron in one walk over
 * both. Memory: 48 bytes a neuron twice, and a record batch of each table.
 * @param each is given every neuron, in the order of the model
 * @throws UserError: 78 where they are not comparable or have no figures, 65 where a table is damaged
 */
export async function diffProfiles(
  before: NamedProfile,
  after: NamedProfile,
  { allowDifferent = false, moved = 12, named = 24 }: DiffOptions = {},
  each: (diff: NeuronDiff) => Promise<void> | void = () => {},
): Promise<ProfileDiff> {
  const [a, b] = [before, after].map(({ folder, profile }) => ({ folder, manifest: profile.manifest })) as [
    ProfileDiff['a'],
    ProfileDiff['b'],
  ];
  for (const { folder, profile } of [before, after]) requireFigures(folder, profile);
  requireComparable(a, b, allowDifferent);
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
  for (const [one, other] of pairs(neuronData(before.profile, parts), neuronData(after.profile, parts))) {
    const diff = compareNeuron(one, other, keysOf);
    const { group, layer } = diff;
    let last = layers.at(-1);
    if (last?.group !== group || last.layer !== layer)
      layers.push((last = { group, layer, tally: new TallyBuilder() }));
    last.tally.add(diff);
    all.add(diff);
    most.add(diff);
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

/** A profile's neurons with their bins and examples, in the order of the model. */
function* neuronData(
  profile: OpenProfile,
  parts: { examples: boolean; histograms: boolean },
): Iterable<NeuronData> {
  const binsOf = parts.histograms ? profile.histogramWalk() : () => null;
  const topOf = parts.examples ? profile.topWalk() : () => null;
  for (const row of profile.neurons()) yield { row, bins: binsOf(row), top: topOf(row) };
}

/** Both lists side by side, which must be of the same neurons. */
function* pairs(a: Iterable<NeuronData>, b: Iterable<NeuronData>): Iterable<[NeuronData, NeuronData]> {
  const others = b[Symbol.iterator]();
  for (const one of a) {
    const next = others.next();
    if (next.done === true || !isSame(one.row, next.value.row))
      throw new Error(`${formatNeuron(one.row)} of the first profile is not in the second at the same place`);
    yield [one, next.value];
  }
}

function isSame(a: NeuronRow, b: NeuronRow): boolean {
  return a.group === b.group && a.layer === b.layer && a.neuron === b.neuron;
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
