import { Tensor } from 'onnxruntime-node';
import type { Feed, GraphInput } from './types.js';

/** One window as the model gets it. */
export interface Sequence {
  ids: Int32Array;
  /** 1 where the position is text; null where all are. */
  attentionMask: Uint8Array | null;
  /** What the encoder is fed, where `ids` goes through a decoder; windows then run one at a time. */
  source: Int32Array | null;
}

/** Windows that go through the model together, each padded at its end to `length` positions. */
export interface FedBatch {
  sequences: readonly Sequence[];
  length: number;
}

/** Id that fills what is beyond a window's end: any will do, masks keep it from the others. */
export const PAD_ID = 0;

/**
 * The tensors of a batch, by the names of the graph's inputs.
 * @param encoded what the encoder gave, where it is a model of its own
 */
export function fillFeeds(
  feeds: readonly Feed[],
  batch: FedBatch,
  encoded: Tensor | null = null,
): Record<string, Tensor> {
  const tensorOf = (feed: Feed) =>
    feed.kind === 'encoder_hidden_states' && encoded !== null ? encoded : fill(feed, batch);
  return Object.fromEntries(feeds.map((feed) => [feed.input.name, tensorOf(feed)]));
}

function fill(feed: Feed, { sequences, length }: FedBatch): Tensor {
  const shape = [sequences.length, length];
  switch (feed.kind) {
    case 'input_ids':
      return integers(feed.input, shape, (put) => {
        sequences.forEach(({ ids }, row) => ids.forEach((id, i) => put(row * length + i, id)));
      });
    case 'attention_mask':
      return integers(feed.input, shape, (put) => {
        sequences.forEach(({ ids, attentionMask }, row) => {
          for (let i = 0; i < ids.length; i++) put(row * length + i, attentionMask?.[i] ?? 1);
        });
      });
    case 'position_ids':
      return integers(feed.input, shape, (put) => {
        for (let at = 0; at < sequences.length * length; at++) put(at, at % length);
      });
    case 'token_type_ids':
      return integers(feed.input, shape, () => {});
    case 'cache_position':
      return integers(feed.input, [length], (put) => {
        for (let at = 0; at < length; at++) put(at, at);
      });
    case 'source_ids': {
      const source = sourceOf(sequences);
      return integers(feed.input, [1, source.length], (put) => source.forEach((id, at) => put(at, id)));
    }
    case 'source_mask': {
      const { length: tokens } = sourceOf(sequences);
      return integers(feed.input, [1, tokens], (put) => {
        for (let at = 0; at < tokens; at++) put(at, 1);
      });
    }
    case 'encoder_hidden_states':
      throw new Error('the encoder was not run');
    case 'past': {
      const dims = feed.dims.map((dim) => (dim === 'batch' ? sequences.length : dim));
      return integers(feed.input, dims, () => {});
    }
    case 'constant':
      return integers(feed.input, feed.dims, (put) => {
        if (feed.value !== 0) feed.dims.forEach((_, at) => put(at, feed.value));
      });
  }
}

function sourceOf([first, ...others]: readonly Sequence[]): Int32Array {
  if (first?.source == null || others.length > 0) throw new Error('a decoder is fed one window at a time');
  return first.source;
}

/** A tensor of an input's own type, zero but for what `write` puts. */
function integers(
  { type }: GraphInput,
  dims: number[],
  write: (put: (at: number, value: number) => void) => void,
): Tensor {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (type === 'int64') {
    const data = new BigInt64Array(size);
    // Ids are far below 2^31: the low word says all, and big integers are slow. Little-endian, as ONNX Runtime is.
    const words = new Int32Array(data.buffer);
    write((at, value) => (words[2 * at] = value));
    return new Tensor('int64', data, dims);
  }
  if (type === 'bool') {
    const data = new Uint8Array(size);
    write((at, value) => (data[at] = value));
    return new Tensor('bool', data, dims);
  }
  if (type === 'float16') {
    const data = new Uint16Array(size);
    write((at, value) => (data[at] = value === 0 ? 0 : ONE_HALF));
    return new Tensor('float16', data, dims);
  }
  if (type === 'float32') {
    const data = new Float32Array(size);
    write((at, value) => (data[at] = value));
    return new Tensor('float32', data, dims);
  }
  const data = new Int32Array(size);
  write((at, value) => (data[at] = value));
  return new Tensor('int32', data, dims);
}

/** 1 in IEEE 754 binary16: masks and caches hold nothing but 0 and 1. */
const ONE_HALF = 0x3c00;
