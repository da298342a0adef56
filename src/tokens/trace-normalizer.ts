import type { HfNormalizer } from './hf-tokenizer.js';
import { prependTraced, sliceTraced, TraceWriter, type TracedText } from './traced-text.js';

/** Normalises a traced text; null where its units cannot be traced back. */
export type TracedNormalizer = (section: TracedText) => TracedText | null;

/**
 * What is normalised by itself gives what it gives within a text: a Hangul
 * run, a base character with its marks, marks without a base, a blank.
 */
const CHUNK = /[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff]+\p{M}*|[^\p{M}\s]\p{M}*|\p{M}+|\s/uy;

/** Chunks whose normal form is remembered; beyond that all are forgotten, so that memory is bounded. */
const REMEMBERED = 1 << 16;

/**
 * Follows a normalizer of the package chunk by chunk. The chunks' normal forms,
 * joined, must be the normal form of the whole, else nothing is claimed: so a
 * normalizer that looks beyond a chunk is followed only where it makes no difference.
 */
export function traceNormalizer(normalizer: HfNormalizer | null): TracedNormalizer {
  const steps = flatten(normalizer);
  const prepends = steps.findIndex(({ config }) => config.type === 'Prepend');
  const prefix = prepends === -1 ? '' : run(steps.slice(prepends), '');
  const rest = steps.filter((_, i) => i !== prepends);
  if (rest.length === 0) return (section) => prependTraced(prefix, section);
  const chunks = new ChunkForms((text) => run(rest, text));

  return (section) => {
    const normal = run(rest, section.text);
    const traced = normal === section.text ? section : joinChunks(section, chunks, normal);
    return traced === null || prefix === '' ? traced : prependTraced(prefix, traced);
  };
}

function joinChunks(section: TracedText, chunks: ChunkForms, normal: string): TracedText | null {
  const writer = new TraceWriter();
  for (let at = 0; at < section.text.length;) {
    const length = chunkLength(section.text, at);
    const chunk = section.text.slice(at, at + length);
    writeChunk(writer, sliceTraced(section, at, at + length), chunks.of(chunk));
    at += length;
  }
  const joined = writer.finish();
  if (joined.text === normal) return joined;
  // Lower-casing a whole text knows the final sigma, the one rule of Unicode that looks beyond a chunk.
  return joined.text === normal.replaceAll('ς', 'σ') ||
    joined.text.replaceAll('ς', 'σ') === normal.replaceAll('ς', 'σ')
    ? { ...joined, text: normal }
    : null;
}

/** Character by character where the chunk is no more than these; else the whole stands for the whole. */
function writeChunk(writer: TraceWriter, chunk: TracedText, form: ChunkForm): void {
  const stop = chunk.end.at(-1)!;
  if (form.characters === null) return writer.push(form.whole, chunk.start[0]!, stop);
  let unit = 0;
  let pending: [piece: string, start: number] | null = null;
  for (const [length, piece] of form.characters) {
    const start = chunk.start[unit]!;
    unit += length;
    if (piece === '' && pending !== null) continue; // what is dropped goes with the character before it
    if (pending !== null) writer.push(pending[0], pending[1], start);
    pending = piece === '' ? null : [piece, start];
  }
  if (pending !== null) writer.push(pending[0], pending[1], stop);
}

function chunkLength(text: string, at: number): number {
  // A run of ASCII is what texts are made of, and needs no expression.
  if (text.charCodeAt(at) < 0x80 && !(text.charCodeAt(at + 1) >= 0x80)) return 1;
  CHUNK.lastIndex = at;
  return CHUNK.exec(text)?.[0].length ?? 1;
}

interface ChunkForm {
  whole: string;
  /** Units and normal form of each character, where these joined are `whole`; else null. */
  characters: readonly (readonly [units: number, piece: string])[] | null;
}

class ChunkForms {
  private readonly known = new Map<string, ChunkForm>();
  private readonly normalize: (text: string) => string;

  constructor(normalize: (text: string) => string) {
    this.normalize = normalize;
  }

  of(chunk: string): ChunkForm {
    let form = this.known.get(chunk);
    if (form === undefined) {
      if (this.known.size === REMEMBERED) this.known.clear();
      form = this.make(chunk);
      this.known.set(chunk, form);
    }
    return form;
  }

  private make(chunk: string): ChunkForm {
    const whole = this.normalize(chunk);
    const characters = Array.from(chunk, (character): [number, string] => [
      character.length,
      whole === chunk ? character : this.normalize(character),
    ]);
    const joined = characters.map(([, piece]) => piece).join('');
    return { whole, characters: joined === whole ? characters : null };
  }
}

function flatten(normalizer: HfNormalizer | null): HfNormalizer[] {
  if (normalizer === null) return [];
  return normalizer.normalizers === undefined ? [normalizer] : normalizer.normalizers.flatMap(flatten);
}

function run(steps: readonly HfNormalizer[], text: string): string {
  return steps.reduce((normal, step) => step(normal), text);
}
