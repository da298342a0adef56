import { Tokenizer } from '@huggingface/tokenizers';

/**
 * What we use of @huggingface/tokenizers. Its own declarations import files
 * without their extension, which Node's resolution refuses, so they are all `any`.
 */
export interface HfTokenizer {
  /** The id of a piece that the vocabulary lacks is undefined or null where there is no unknown token. */
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | null | undefined)[] };
  id_to_token(id: number): string | undefined;
  token_to_id(token: string): number | undefined;
  normalizer: HfNormalizer | null;
  /** Of tokenizer_config.json. */
  remove_space: boolean | null | undefined;
  do_lowercase_and_remove_accent: boolean;
  /** A model that merges (BPE) keeps the pieces of texts below a length in a cache. */
  model: { max_length_to_cache?: number } | null;
  pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null;
}

export interface HfNormalizer {
  (text: string): string;
  config: { type: string };
  /** Parts of a Sequence. */
  normalizers?: (HfNormalizer | null)[];
}

/**
 * Longest text whose pieces are kept, in UTF-16 units. Words come again; where nothing cuts a text into words, whole
 * sentences would fill the package's cache of 10,000 entries (10 MB a worker) and never be asked for.
 */
const LONGEST_CACHED = 32;

/**
 * Builds the package's tokenizer; `truncation` and `padding` of the file have no effect on it.
 * @throws Error where the file names a part that the package does not know
 */
export function buildTokenizer(tokenizer: object, config: object): HfTokenizer {
  const Constructor = Tokenizer as unknown as new (tokenizer: object, config: object) => HfTokenizer;
  const built = new Constructor(tokenizer, config);
  if (built.model?.max_length_to_cache !== undefined) built.model.max_length_to_cache = LONGEST_CACHED;
  return built;
}
