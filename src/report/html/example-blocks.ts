import type { NeuronId } from '../../core/neuron-name.js';
import { GATE_SIGNS, SIDES } from '../../profile/format.js';
import type { ProfileView } from '../view.js';
import { dataBlock } from './document.js';
import { gatherExamples, numbered, type Gathered } from './gather-examples.js';
import { packExamples } from './packed-examples.js';
import type { TokenDictionary } from './token-dictionary.js';

/**
 * How many neurons' examples a page has: what fits in a page of so many bytes,
 * or a number of them; what that comes to is foreseen after the first block.
 */
export type Keep =
  | { bytes: number }
  | {
      neurons: number;
      /** Told the bytes that the page will have, to some percent. */
      onForeseen?: (bytes: number) => void;
    };

/** Neurons packed together: some 70 kB, of which the browser unpacks one when one of its neurons is looked at. */
const NEURONS_A_BLOCK = 32;
/** Neurons read from the table at once, in its order: some 30 MB. */
const LARGEST_WAVE = 8192;
/** Bytes of a context's token in the page, a little less than those measured (2.1 … 2.8), so that one wave mostly does. */
const TOKEN_BYTES = 2;
/** What a neuron takes in the block that lists them, and what each such block takes beside its data. */
const ENTRY_BYTES = 6;
const BLOCK_BYTES = 200;

/** What of a page is written. */
export interface Filled {
  /** Rows of the neurons that have examples in the page, in the order in which they are packed. */
  rows: number[];
}

/**
 * The blocks of examples, best neurons first; with those of sign cases one of these behind each.
 * @param order rows of the neurons, best first
 * @param idOf the neuron of a row
 * @param room bytes that the blocks, the token table and the list of neurons may take; Infinity for no limit
 */
export function* exampleBlocks(
  view: ProfileView,
  order: Int32Array,
  idOf: (row: number) => NeuronId,
  { dictionary, filled, room }: { dictionary: TokenDictionary; filled: Filled; room: number },
): Generator<string> {
  const meter = new Meter(dictionary, room);
  for (let done = 0; done < order.length && meter.left() > 0;) {
    const wave = order.subarray(done, done + waveSize(view, filled.rows.length, meter));
    const gathered = gatherWave(view, wave, idOf, dictionary);
    done += wave.length;
    for (let from = 0; from < wave.length;) {
      const taken = takeBlock(wave.subarray(from, from + NEURONS_A_BLOCK), gathered, dictionary, meter);
      if (taken === null) return;
      filled.rows.push(...wave.subarray(from, from + taken.neurons));
      from += taken.neurons;
      yield taken.text;
    }
  }
}

function waveSize({ manifest: { settings } }: ProfileView, written: number, meter: Meter): number {
  const tokens =
    Number(settings['top']) * (2 * Number(settings['around']) + 1) * (settings['bottom'] === true ? 2 : 1);
  const bytes = written === 0 ? TOKEN_BYTES * tokens : meter.used / written;
  const wanted = Math.ceil(meter.left() / Math.max(1, bytes) / NEURONS_A_BLOCK) * NEURONS_A_BLOCK;
  // Of a manifest without these settings nothing can be foreseen.
  return Number.isNaN(wanted) ? NEURONS_A_BLOCK : Math.max(NEURONS_A_BLOCK, Math.min(LARGEST_WAVE, wanted));
}

/** Each record batch is read once, for the wave is read in the order of the model. */
function gatherWave(
  view: ProfileView,
  wave: Int32Array,
  idOf: (row: number) => NeuronId,
  dictionary: TokenDictionary,
): Map<number, Examples> {
  const hasGates = view.has('gate_cases');
  const gather = (id: NeuronId): Examples => ({
    examples: gatherExamples(view.exampleColumns(id), SIDES, dictionary),
    gates: hasGates ? gatherExamples(view.gateExampleColumns(id), GATE_SIGNS, dictionary) : null,
  });
  return new Map(Array.from(wave.slice().sort(), (row) => [row, gather(idOf(row))]));
}

/** Of a neuron: those of activations, and one a sign case of its gate. */
interface Examples {
  examples: Gathered;
  gates: Gathered | null;
}

/** As many of the neurons as have room, halving; null where not one has. */
function takeBlock(
  rows: Int32Array,
  gathered: Map<number, Examples>,
  dictionary: TokenDictionary,
  meter: Meter,
): { neurons: number; text: string } | null {
  for (let neurons = rows.length; neurons > 0; neurons >>= 1) {
    const before = dictionary.mark();
    const taken = Array.from(rows.subarray(0, neurons), (row) => gathered.get(row)!);
    const block = (name: string, of: readonly Gathered[]) =>
      dataBlock(
        name,
        packExamples(of.map((each) => numbered(each, dictionary))),
        ` data-neurons="${neurons}"`,
      );
    const gates = taken.flatMap(({ gates }) => gates ?? []);
    const text =
      block(
        'examples',
        taken.map(({ examples }) => examples),
      ) + (gates.length === 0 ? '' : block('gate_examples', gates));
    if (meter.take(text.length, neurons)) return { neurons, text };
    dictionary.forget(before);
  }
  return null;
}

/** Bytes taken and left; the token table, whose size is known only when it is packed, is overestimated between two measurements. */
class Meter {
  used = 0;
  private readonly dictionary: TokenDictionary;
  private readonly room: number;
  private table = { bytes: 0, characters: 0 };

  constructor(dictionary: TokenDictionary, room: number) {
    this.dictionary = dictionary;
    this.room = room;
    this.table.bytes = tokenBlock(dictionary).length;
  }

  left(): number {
    return this.room - this.used - this.tableBytes();
  }

  /** Takes the bytes of a block, if they are there. */
  take(bytes: number, neurons: number): boolean {
    if (this.room === Infinity) return true;
    const wanted = bytes + ENTRY_BYTES * neurons;
    if (wanted > this.left()) this.measure();
    if (wanted > this.left()) return false;
    this.used += wanted;
    return true;
  }

  /** No string is longer packed than four bytes a character in base64; base64 itself adds a third. */
  private tableBytes(): number {
    // It is less than when it was measured where a block was given up since.
    const grown = Math.max(0, this.dictionary.characters - this.table.characters);
    return this.table.bytes + 4 * (4 / 3) * grown + BLOCK_BYTES;
  }

  private measure(): void {
    const { characters } = this.dictionary;
    if (characters === this.table.characters) return;
    this.table = { bytes: tokenBlock(this.dictionary).length, characters };
  }
}

/** The token table as it stands in the page. */
export function tokenBlock(dictionary: TokenDictionary): string {
  return dataBlock('tokens', new TextEncoder().encode(JSON.stringify(dictionary.table())));
}
