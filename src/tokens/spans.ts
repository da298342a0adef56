import { findAddedTokens } from './added-tokens.js';
import { openAligner } from './aligner.js';
import type { HfTokenizer } from './hf-tokenizer.js';
import { SpanWriter } from './span-writer.js';
import type { TokenizerJson } from './tokenizer-json.js';
import { traceNormalizer } from './trace-normalizer.js';
import { sliceTraced, traceText, type TracedText } from './traced-text.js';
import type { Spans } from './types.js';

/** Spans of `ids`, which the tokenizer gave of `text`, in code points; null where they cannot be derived. */
export type SpanFinder = (text: string, ids: Int32Array) => Spans | null;

/**
 * Prepares to find the characters that ids stand for. A text is taken through
 * the tokenizer's own steps (added tokens, normalizer, added tokens again,
 * pre-tokenizer), traced all the way, and the ids are walked along what comes
 * out: they fit to the last unit, or there are no spans.
 */
export function openSpanFinder(tokenizer: HfTokenizer, json: TokenizerJson): SpanFinder {
  const align = openAligner(tokenizer, json);
  // Two settings of old models change a text in ways that are not traced.
  if (align === null || tokenizer.remove_space === true || tokenizer.do_lowercase_and_remove_accent) {
    return () => null;
  }
  const added = findAddedTokens(json.added_tokens, tokenizer.normalizer);
  const normalize = traceNormalizer(tokenizer.normalizer);

  /** An added token is one id, and its own text. */
  function alignAdded(text: TracedText, id: number, ids: Int32Array, spans: SpanWriter): boolean {
    if (ids[spans.count] !== id) return false;
    spans.push(text, 0, text.text.length);
    return true;
  }

  function alignSection(text: TracedText, section: number, ids: Int32Array, spans: SpanWriter): boolean {
    const normal = normalize(text);
    if (normal === null) return false;
    return added.cutNormalized(normal.text).every(({ start, end, id }) => {
      const piece = sliceTraced(normal, start, end);
      return id === null ? align!(piece, section, ids, spans) : alignAdded(piece, id, ids, spans);
    });
  }

  return (text, ids) => {
    const original = traceText(text);
    const spans = new SpanWriter(ids.length);
    const fits = added.cut(text).every(({ start, end, id }, section) => {
      const piece = sliceTraced(original, start, end);
      return id === null ? alignSection(piece, section, ids, spans) : alignAdded(piece, id, ids, spans);
    });
    return fits && spans.count === ids.length ? spans.finish() : null;
  };
}
