import { caution } from './caution.js';
import { conceptsSection } from './concepts-section.js';
import { corpusSection } from './corpus-section.js';
import { deadSection } from './dead-section.js';
import { explainedSection } from './explained-section.js';
import { figureNotes } from './figure-notes.js';
import { gateSection } from './gate-cases.js';
import { layersSection } from './layers-section.js';
import { modelSection } from './model-section.js';
import { PLAIN } from './paint.js';
import { SELECTIVITY } from './selectivity-words.js';
import { selectiveSection } from './selective-section.js';
import { FIT_COLUMNS, sketchAdvice } from './sketch-advice.js';
import { wrap } from './text-table.js';
import { shortEnd } from './text-width.js';
import type { ProfileView } from './view.js';
import { visible } from './visible.js';

/** Columns of report.txt. */
const WIDTH = 96;
const NEURONS = 12;
const EXAMPLES = 3;

/**
 * report.txt: what a researcher would read first. A pure function of the
 * profile, at most 96 columns, no colour.
 */
export function renderReport(view: ProfileView): string {
  const { model, corpus, settings } = view.manifest;
  const title = `neuroprobe ${view.manifest.command}: ${model.path} on ${corpus.files.map(({ path }) => path).join(', ')}`;
  const range = settings['sketch_range'] as [number, number];
  const sections = [
    section('Corpus', corpusSection(view, WIDTH)),
    section('Model', modelSection(view, WIDTH)),
    section('Dead neurons', deadSection(view, WIDTH)),
    section('Layers', view.has('layers') ? layersSection(view.layers(), WIDTH) : []),
    section('Tokens and positions', explainedSection(view, WIDTH)),
    section('Signs of gates', gateSection(view, WIDTH)),
    section('Concepts', conceptsSection(view, WIDTH)),
    section('Notes', [
      ...sketchAdvice(view.neurons(...FIT_COLUMNS), range, WIDTH),
      ...figureNotes(view, WIDTH),
    ]),
    section('Most selective neurons', selective(view)),
    caution(WIDTH),
  ];
  const body = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${[shortEnd(visible(title), WIDTH), ...body].join('\n\n')}\n`;
}

function selective(view: ProfileView): string[] {
  const lines = selectiveSection(view, { paint: PLAIN, width: WIDTH, neurons: NEURONS, examples: EXAMPLES });
  if (lines.length === 0) return [];
  const words = [
    SELECTIVITY,
    ...(view.has('examples') ? [EXAMPLE_WORDS] : []),
    ...(view.has('histograms') ? [BLOCK_WORDS] : []),
  ];
  return [...wrap(words.join(' '), WIDTH, '  '), '', ...lines];
}

const EXAMPLE_WORDS =
  'Examples: activation, document:position, context with the firing token between ⟨ and ⟩.';
const BLOCK_WORDS = 'Blocks: counts from the smallest to the largest activation, on a logarithmic scale.';

/** A title underlined, then its lines; nothing where there are none. */
function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, '─'.repeat(title.length), ...lines];
}
