import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, test } from 'vitest';
import { DataType } from '../../src/onnx/data-types.js';
import {
  externalInitializer,
  floatAttribute,
  inlineInitializer,
  modelProto,
  node,
  valueInfo,
} from '../../src/onnx/write-model.js';
import { temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { expectRefusal, type BadCase } from '../support/refusal.js';

const WIDTH = 4;
/** Bytes of a square matrix of that width. */
const MATRIX = 4 * WIDTH * WIDTH;

describe('a model that cannot be profiled', () => {
  const folder = temporaryDirectory();

  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(path.join(folder, name), content);
  };

  beforeAll(() => {
    write('ok.jsonl', '{"input_ids": [1, 2, 3]}\n');
    write('empty.onnx', '');
    write('pointer.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n');
    write('model.ort', '\0\0\0\0ORTM\0\0\0\0');
    write(
      'noise.onnx',
      Uint8Array.from({ length: 500 }, (_, i) => (i * i * 7 + 3 * i + 255) % 256),
    );
    write('weights', new Uint8Array(MATRIX - 1));
    write('outside.onnx', small({ location: '../weights' }));
    write('absolute.onnx', small({ location: '/weights' }));
    write('gone.onnx', small({ location: 'absent' }));
    write('short.onnx', small({ location: 'weights' }));
    write('opset.onnx', small({ opset: 99 }));
    write('image.onnx', small({ also: 'pixel_values' }));
    write('strange.onnx', small({ also: 'x_y_z' }));
    write('sound.onnx', small({}));
    for (const name of ['none', 'several', 'tokens', 'pointed']) mkdirSync(path.join(folder, name));
    for (const name of ['a.onnx', 'b.onnx'])
      copyFileSync(path.join(folder, 'sound.onnx'), path.join(folder, 'several', name));
    write('tokens/tokenizer.json', '{"version": "1.0", "model": ');
    write('pointed/tokenizer.json', 'version https://git-lfs.github.com/spec/v1\n');
  });

  const graph = (name: string) => fixture(`graphs/${name}.onnx`);

  test.each<BadCase>([
    ['a folder without one', ['none'], 69, ['no .onnx file', 'in none']],
    ['a folder with several', ['several'], 69, ['several models', 'give one of them: a.onnx, b.onnx']],
    ['an empty file', ['empty.onnx'], 69, ['this file is empty', 'in empty.onnx']],
    ['a pointer of Git LFS', ['pointer.onnx'], 69, ['a Git LFS pointer', 'git lfs pull']],
    ['an .ort file', ['model.ort'], 69, ['an .ort file', 'that it was made from']],
    ['noise', ['noise.onnx'], 69, ['this is not an ONNX model', 'in noise.onnx']],
    ['external data that is missing', ['gone.onnx'], 69, ['gone.onnx', 'absent']],
    ['external data that is too short', ['short.onnx'], 69, ['short.onnx', 'weights', 'a file of 63']],
    ['external data outside its folder', ['outside.onnx'], 69, ['outside.onnx', '../weights']],
    ['external data at an absolute path', ['absolute.onnx'], 69, ['absolute.onnx', '/weights']],
    ['an opset that is too new', ['opset.onnx'], 69, ['opset', 'in opset.onnx']],
    ['an input that is an image', ['image.onnx'], 69, ['pixel_values', 'only text models']],
    ['an input of no known name', ['strange.onnx'], 69, ['x_y_z', 'in strange.onnx']],
    ['attention alone', [graph('refuse-attention-only')], 69, ['no FFN was found', 'it has attention']],
    ['a recurrent net', [graph('refuse-lstm')], 69, ['no FFN was found', 'LSTM']],
    ['a mixture of experts', [graph('refuse-moe-op')], 69, ['mixture of experts', 'only dense FFNs']],
    [
      'half a tokenizer',
      ['sound.onnx', '--tokenizer', 'tokens'],
      65,
      ['is not JSON', 'in tokens/tokenizer.json'],
    ],
    [
      'a pointer to a tokenizer',
      ['sound.onnx', '--tokenizer', 'pointed'],
      65,
      ['is not JSON', 'git lfs pull'],
    ],
    ['a folder without tokenizer', ['sound.onnx', '--tokenizer', 'none'], 66, ['has no tokenizer.json']],
    ['a tap that it has not', ['sound.onnx', '--tap', 'up'], 69, ['has no tap "up"']],
    ['outputs of no such name', ['sound.onnx', '--outputs', 'ffn'], 2, ['ffn', '--outputs']],
    ['a tensor of no such name', ['sound.onnx', '--tensor', 'ffn'], 2, ['ffn', '--tensor']],
    ['outputs that no pattern names', ['sound.onnx', '--outputs', '('], 2, ['--outputs']],
  ])('%s ends with its message and code, and leaves nothing', (_, [model, ...more], exit, says) =>
    expectRefusal(folder, ['stats', model!, 'ok.jsonl', ...more], exit, says),
  );
});

/** One FFN over an embedding; `location` is where its two projections lie, `also` an input beside the ids. */
function small({
  location = null,
  opset = 17,
  also = null,
}: {
  location?: string | null;
  opset?: number;
  also?: string | null;
}): Uint8Array {
  const weight = (name: string, i: number) =>
    location === null
      ? inlineInitializer(name, DataType.FLOAT, [WIDTH, WIDTH], new Uint8Array(MATRIX))
      : externalInitializer(name, DataType.FLOAT, [WIDTH, WIDTH], {
          location,
          offset: i * MATRIX,
          length: MATRIX,
        });
  return modelProto(
    8,
    [{ domain: '', version: opset }],
    [
      inlineInitializer('embedding', DataType.FLOAT, [WIDTH, WIDTH], new Uint8Array(MATRIX)),
      weight('up', 0),
      weight('down', 1),
      node('Gather', '', ['embedding', 'input_ids'], [also === null ? 'x' : 'text']),
      ...(also === null
        ? []
        : [
            node('Add', '', ['text', also], ['x']),
            valueInfo(11, also, DataType.FLOAT, ['batch', 'sequence', WIDTH]),
          ]),
      node('MatMul', '', ['x', 'up'], ['pre']),
      node('LeakyRelu', '', ['pre'], ['post'], [floatAttribute('alpha', 0.5)]),
      node('MatMul', '', ['post', 'down'], ['written']),
      node('Add', '', ['x', 'written'], ['stream']),
      valueInfo(11, 'input_ids', DataType.INT64, ['batch', 'sequence']),
      valueInfo(12, 'stream', DataType.FLOAT, ['batch', 'sequence', WIDTH]),
    ],
  );
}
