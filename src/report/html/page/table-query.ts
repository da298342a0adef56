import { EXPLAINED_BY } from '../../../profile/explained.js';
import { percentOrNumber } from './percent-or-number.js';
import type { Store } from './store.js';
import { columnsOf, type TableColumn } from './table-columns.js';
import { tokenAlone } from './token-view.js';

/** A test of rows, or what is wrong with a term. */
type Test = (row: number) => boolean;
export type Query = { test: Test; wrong: string[] };

const KINDS = ['live', 'dead', 'rare', 'broken', 'here'] as const;

/**
 * Reads a filter: terms with blanks between, all of which must hold.
 * `L5`, `L5.N13`: of this layer, this neuron; `kurtosis>50`, `active<1%`: by a
 * column; `is:dead`: of a kind (`is:here`: examples in the file); `class:token`: named
 * for the token, `class:none` for nothing; `label:digit`, `label:"word start"`: its best
 * label, of spans or of documents, contains it; `token:king` or any other word: the token
 * of the largest value contains it.
 */
export function parseQuery(store: Store, text: string): Query {
  const wrong: string[] = [];
  const tests = text.match(TERMS)?.map((term) => testOf(store, term) ?? (wrong.push(term), () => true));
  return { test: (row) => (tests ?? []).every((test) => test(row)), wrong };
}

/** What stands between blanks; a label may have some, in quotation marks. */
const TERMS = /label:"[^"]*"|\S+/gi;

function testOf(store: Store, term: string): Test | null {
  const comparison = /^([\p{Letter}\p{Number}/_]+)(<=|>=|<|>|=)(.+)$/u.exec(term);
  if (comparison !== null) return compared(store, comparison[1]!, comparison[2]!, comparison[3]!);
  const kind = /^is:(\w*)$/i.exec(term);
  if (kind !== null) return kindTest(store, kind[1]!.toLowerCase());
  const part = /^(class|label):(.*)$/i.exec(term);
  if (part !== null) return partTest(store, part[1]!.toLowerCase(), part[2]!.replaceAll('"', ''));
  if (/^(?:[a-z_]\w*\.)?L\d+(?:\.N\d+)?$/i.test(term)) return nameTest(store, term.toLowerCase());
  return tokenTest(store, term.replace(/^token:/i, ''));
}

function compared(store: Store, name: string, operator: string, text: string): Test | null {
  const column = columnsOf(store).find(({ names }) => names?.includes(name.toLowerCase()));
  const wanted = percentOrNumber(text);
  if (column === undefined || wanted === null) return null;
  const values = valuesOf(store, column);
  switch (operator) {
    case '<':
      return (row) => values[row]! < wanted;
    case '>':
      return (row) => values[row]! > wanted;
    case '<=':
      return (row) => values[row]! <= wanted;
    case '>=':
      return (row) => values[row]! >= wanted;
    default:
      return (row) => values[row] === Math.fround(wanted) || values[row] === wanted;
  }
}

export function valuesOf(store: Store, column: TableColumn): ArrayLike<number> {
  return column.values(store);
}

function kindTest(store: Store, kind: string): Test | null {
  if (!KINDS.some((known) => known === kind)) return null;
  if (kind === 'here') return store.hasExamples;
  // What is rare lives.
  return (row) => store.kindOf(row) === kind || (kind === 'live' && store.kindOf(row) === 'rare');
}

/** null where the profile has no such part, or no such class. */
function partTest({ parts }: Store, part: string, text: string): Test | null {
  return part === 'class' ? classTest(parts, text.toLowerCase()) : labelTest(parts, text.toLowerCase());
}

function classTest({ explained }: Store['parts'], text: string): Test | null {
  const number = EXPLAINED_BY.findIndex((by) => by === (text === 'none' ? '' : text));
  if (explained === null || number === -1 || text === '') return null;
  return (row) => explained.explainedBy[row] === number;
}

function labelTest({ spans, concepts }: Store['parts'], text: string): Test | null {
  const tests = [spans, concepts].flatMap((labels) => {
    if (labels === null) return [];
    const best = labels.ranks[0]!.name;
    const holds = labels.names.map(({ field, label }) => `${field}=${label}`.toLowerCase().includes(text));
    return [(row: number) => holds[best[row]!] === true];
  });
  return tests.length === 0 ? null : (row) => tests.some((test) => test(row));
}

function nameTest(store: Store, name: string): Test {
  const isNeuron = name.includes('.n');
  const sites = new Set<number>();
  store.facts.sites.forEach((site, i) => {
    const { group, layer } = site;
    const names = [`l${layer}`, `${group}.l${layer}`, `${group.slice(0, 3)}.l${layer}`];
    if (names.includes(isNeuron ? name.slice(0, name.indexOf('.n')) : name)) sites.add(i);
  });
  const neuron = isNeuron ? Number(name.slice(name.indexOf('.n') + 2)) : null;
  return (row) => sites.has(store.siteOf[row]!) && (neuron === null || store.columns.neuron[row] === neuron);
}

/** Tokens are few beside neurons: each is looked at once. */
function tokenTest(store: Store, word: string): Test {
  const wanted = word.toLowerCase();
  const known = new Map<number, boolean>();
  const ids = store.columns.max_token_id;
  return (row) => {
    const id = ids[row]!;
    let holds = known.get(id);
    if (holds === undefined) known.set(id, (holds = tokenAlone(store, id).toLowerCase().includes(wanted)));
    return holds;
  };
}
