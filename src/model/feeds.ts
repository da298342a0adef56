import { Exit, UserError } from '../core/errors.js';
import { DataType, typeName } from '../onnx/data-types.js';
import type { GraphView } from '../onnx/graph-view.js';
import type { ValueInfo } from '../onnx/types.js';
import { lookupsOf } from './embedding.js';
import { headSizeOf } from './head-size.js';
import type { ModelConfig } from './model-config.js';
import type { Feed, GraphInput, TensorType } from './types.js';

/** Inputs by the names that exporters give them. */
const BY_NAME: [RegExp, Feed['kind']][] = [
  [/^(input_ids|input\.1|tokens?|input_tokens)$/, 'input_ids'],
  [/^(attention_mask|input_mask)$/, 'attention_mask'],
  [/^position_ids$/, 'position_ids'],
  [/^(token_type_ids|segment_ids)$/, 'token_type_ids'],
  [/^cache_position$/, 'cache_position'],
  [/^past(_key_values|_key|_value|_sequence|_\d|\.|$)/, 'past'],
  [/^use_cache_branch$/, 'constant'],
];

/** Decoders of encoder–decoder models: with the encoder in the same graph, or fed what it gave. */
const DECODERS: { knownBy: RegExp; names: typeof BY_NAME }[] = [
  {
    knownBy: /^decoder_input_ids$/,
    names: [
      [/^decoder_input_ids$/, 'input_ids'],
      [/^decoder_attention_mask$/, 'attention_mask'],
      [/^input_ids$/, 'source_ids'],
      [/^attention_mask$/, 'source_mask'],
    ],
  },
  {
    knownBy: /^encoder_hidden_states$/,
    names: [
      [/^encoder_hidden_states$/, 'encoder_hidden_states'],
      [/^encoder_attention_mask$/, 'source_mask'],
    ],
  },
];

/**
 * How each input of the pruned graph is fed.
 * @throws UserError (69) listing what we do not know how to feed
 */
export function planFeeds(view: GraphView, inputs: readonly ValueInfo[], config: ModelConfig): Feed[] {
  const known = kindsOf(view, inputs);
  const unknown = known.filter(({ kind }) => kind === null).map(({ input }) => input);
  if (unknown.length > 0 || !known.some(({ kind }) => kind === 'input_ids')) throw cannotFeed(view, unknown);
  return known.map(({ input, kind }) => feedOf(view, input, kind!, config));
}

/** What each input is; null for what no text gives. */
export function kindsOf(
  view: GraphView,
  inputs: readonly ValueInfo[],
): { input: ValueInfo; kind: Feed['kind'] | null }[] {
  const names = DECODERS.find(({ knownBy }) => inputs.some(({ name }) => knownBy.test(name)))?.names ?? [];
  const known = inputs.map((input) => ({ input, kind: kindOf(input.name, [...names, ...BY_NAME]) }));
  if (!known.some(({ kind }) => kind === 'input_ids')) {
    // Names say nothing here: the ids are what is looked up in a table.
    const ids = known.find(
      ({ input, kind }) => kind === null && isInteger(input) && lookupsOf(view, input.name).length > 0,
    );
    if (ids !== undefined) ids.kind = 'input_ids';
  }
  return known;
}

/** An input as the exposure records it. */
export function graphInput({ name, dataType, dims }: ValueInfo): GraphInput {
  const type = typeName(dataType);
  const known: TensorType[] = [
    'float32',
    'float16',
    'float64',
    'bfloat16',
    'int64',
    'int32',
    'int8',
    'uint8',
    'bool',
    'string',
  ];
  return { name, type: known.find((candidate) => candidate === type) ?? 'other', shape: dims ?? [] };
}

function kindOf(name: string, names: typeof BY_NAME): Feed['kind'] | null {
  return names.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

function isInteger({ dataType }: ValueInfo): boolean {
  return dataType === DataType.INT64 || dataType === DataType.INT32;
}

function feedOf(view: GraphView, info: ValueInfo, kind: Feed['kind'], config: ModelConfig): Feed {
  const input = graphInput(info);
  if (kind === 'past') return { kind, input, dims: pastDims(view, info, config) };
  if (kind === 'constant')
    return {
      kind,
      input,
      dims: (info.dims ?? []).map((dim) => (typeof dim === 'number' ? dim : 1)),
      value: 0,
    };
  return { kind, input };
}

/** [batch, heads, past, head size], or [2, batch, heads, past, head size] where key and value are one: the past is empty. */
function pastDims(
  view: GraphView,
  { name, dims }: ValueInfo,
  { headSize }: ModelConfig,
): (number | 'batch')[] {
  if (dims === null || dims.length < 3) throw pastUnknown(view, name);
  const batchAxis = dims.length === 5 && dims[0] === 2 ? 1 : 0;
  const last = dims.length - 1;
  // The past's length is the symbolic axis that is neither batch nor head size.
  return dims.map((dim, axis) => {
    if (axis === batchAxis) return 'batch';
    if (typeof dim === 'number') return dim;
    if (axis < last) return 0;
    const size = headSize ?? headSizeOf(view, name);
    if (size === null) throw pastUnknown(view, name);
    return size;
  });
}

function pastUnknown(view: GraphView, name: string): UserError {
  return new UserError({
    what: `the shape of the cache input "${name}" is not known`,
    where: view.model.path,
    todo: 'put the config.json of the model beside it, which says head_dim',
    exit: Exit.MODEL,
  });
}

function cannotFeed(view: GraphView, unknown: readonly ValueInfo[]): UserError {
  const list = unknown.map(
    ({ name, dataType, dims }) =>
      `${name} (${typeName(dataType)} [${(dims ?? ['?']).map((dim) => dim ?? '?').join(', ')}])`,
  );
  const other = unknown.find(({ name }) => /pixel|image|input_features|input_values|audio|mel/i.test(name));
  return new UserError({
    what:
      list.length === 0
        ? 'this model takes no token ids'
        : `no text gives this model its inputs ${list.join(', ')}`,
    where: view.model.path,
    todo:
      other !== undefined
        ? `"${other.name}" is an image or sound: only text models can be profiled (inspect works on this one)`
        : 'only models fed with token ids, masks, positions and empty caches can be profiled (inspect works on this one)',
    exit: Exit.MODEL,
  });
}
