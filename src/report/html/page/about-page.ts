import { grouped, percent } from '../../numbers.js';
import { SELECTIVITY } from '../../selectivity-words.js';
import { visible } from '../../visible.js';
import { EXPLAINED_LEGEND } from '../../explained-words.js';
import { LABELS_KEPT } from '../label-columns.js';
import { RANK_WORDS } from '../rank.js';
import { definitions, h } from './dom.js';
import { RARE, type Store } from './store.js';

/** What the file holds, how exactly, and what the figures mean. */
export function aboutPage(store: Store): HTMLElement {
  return h(
    'section',
    { class: 'about' },
    h('h1', { tabindex: -1 }, 'About this file'),
    h('h2', {}, 'What was profiled'),
    profiled(store),
    h('h2', {}, 'What is in here'),
    contents(store),
    h('h2', {}, 'Words'),
    words(store),
    h('h2', {}, 'Keys'),
    definitions([
      ['/', 'to the search field'],
      ['n, p', 'on a neuron’s page: next and previous neuron in the order of the table'],
      ['arrows, Page, Home, End', 'in the table: from neuron to neuron; Enter opens it'],
    ]),
  );
}

function profiled({ facts }: Store): HTMLElement {
  const { model, corpus, settings, tokenizer } = facts;
  const rejected = Object.entries(corpus.rejects).map(([reason, count]) => `${grouped(count)} ${reason}`);
  return definitions([
    ['model', visible(model.path)],
    ['sha256', model.sha256.map((hash) => hash.slice(0, 16)).join(', ')],
    ['parameters', grouped(model.parameters)],
    ['layers', `${grouped(facts.sites.length)} of ${grouped(model.layers_in_model)}`],
    ['tokenizer', tokenizer === null ? 'none: the records bring their ids' : visible(tokenizer)],
    [
      'corpus',
      corpus.files.map(({ path, records }) => `${visible(path)} (${grouped(records)} records)`).join(', '),
    ],
    ['documents', grouped(corpus.documents)],
    ['windows', `${grouped(corpus.windows)} of at most ${String(settings['context'])} tokens`],
    ['tokens', `${grouped(corpus.counted_tokens)} counted`],
    ...(rejected.length > 0 ? [['rejected', rejected.join(', ')] as const] : []),
    [
      'examples',
      `the ${String(settings['top'])} best of each neuron, ${String(settings['around'])} tokens each side`,
    ],
  ]);
}

function contents({ facts, rows, listed, parts }: Store): HTMLElement {
  const { neurons } = facts.summary;
  const of = (part: number) =>
    part === neurons ? `all ${grouped(neurons)}` : `${grouped(part)} of ${grouped(neurons)}`;
  return definitions([
    ...(facts.has.figures
      ? [
          [
            'figures',
            `of ${of(rows)} neurons${rows < neurons ? `, the first by ${RANK_WORDS[facts.rank]}` : ''}: counts exact, all others the nearest float32 to what neurons.arrow holds`,
          ] as const,
        ]
      : []),
    ...(facts.has.histograms
      ? [
          [
            'histograms',
            'of the same neurons, 32 equal steps from the smallest value to the largest. Each bin of histograms.arrow is shared out evenly over the steps it covers, and a count above 15 is kept to within 6 %',
          ] as const,
        ]
      : []),
    ...(facts.has.examples
      ? [
          [
            'examples',
            `of ${of(listed.length)} neurons${listed.length < neurons ? `, the first by ${RANK_WORDS[facts.rank]}` : ''}: values exact; the shading of a token to within 1/252 of the largest activation in the neuron’s examples`,
          ] as const,
        ]
      : []),
    ...partContents(parts, facts),
    ['network', 'none: everything is in this file, and its content security policy allows nothing else'],
  ]);
}

/** What only some profiles have. */
function partContents(
  { explained, spans, concepts, gates }: Store['parts'],
  { has }: Store['facts'],
): (readonly [string, string])[] {
  const { most, largestQ } = LABELS_KEPT;
  return [
    ...(explained === null
      ? []
      : [['explained', 'ε² and η² of the same neurons, the nearest float32'] as const]),
    ...(spans === null && concepts === null
      ? []
      : [
          [
            'labels',
            `of the same neurons: of those with q of ${largestQ} or less the ${most} of largest effect; figures are the nearest float32`,
          ] as const,
        ]),
    ...(gates === null
      ? []
      : [
          [
            'signs of gates',
            `of the same neurons: counts exact, means the nearest float32; the largest products of ${has.examples ? 'those that have their examples here' : 'those that rank first'}, values exact`,
          ] as const,
        ]),
  ];
}

function words({ facts, parts }: Store): HTMLElement {
  return definitions([
    ['active', `an activation above ${String(facts.settings['active_above'])}`],
    ['dead', 'never active in this corpus; a larger one may wake it'],
    ['rare', `active on less than ${percent(RARE)} of its tokens, but not dead`],
    ['broken', 'NaN or infinite at least once; those values are counted and enter no figure'],
    ['σ', 'standard deviation of the activations, divided by n'],
    ['rank value', 'excess kurtosis × max / σ: what few tokens drive strongly comes first'],
    ['selectivity', SELECTIVITY.replace(/^Selectivity: /, '')],
    ...partWords(parts),
    ['max on', 'the token with the neuron’s largest value; ␣ stands for a blank, ⏎ for a line end'],
  ]);
}

function partWords({ explained, spans, concepts }: Store['parts']): (readonly [string, string])[] {
  return [
    ...(explained === null ? [] : [['ε²', EXPLAINED_LEGEND.replace(/^ε²: /, '')] as const]),
    ...(concepts === null
      ? []
      : [
          [
            'd',
            'a document has one value a neuron, its largest: difference of the means with and without the label, in standard deviations',
          ] as const,
        ]),
    ...(spans === null
      ? []
      : [
          [
            'dz',
            'a document has one value a label and neuron, its mean inside the spans less its mean outside: the mean of these in their standard deviations',
          ] as const,
        ]),
    ...(spans === null && concepts === null
      ? []
      : [
          [
            'q',
            'share of false finds to be expected among all pairs of label and neuron as unlikely by chance as this one',
          ] as const,
        ]),
  ];
}
