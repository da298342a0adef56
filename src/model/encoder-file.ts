import { existsSync } from 'node:fs';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { fedInputs, viewGraph } from '../onnx/graph-view.js';
import type { ModelInfo } from '../onnx/types.js';
import { planFeeds } from './feeds.js';
import { readModelConfig } from './model-config.js';
import { openModel } from './open-model.js';
import type { EncoderFile } from './types.js';

/**
 * The encoder that lies beside a decoder, as exporters name the two
 * (`encoder_model.onnx`, `decoder_model.onnx`, with one suffix).
 * @throws UserError (69) where there is none
 */
export function findEncoder(decoder: ModelInfo): { file: EncoderFile; model: ModelInfo } {
  const folder = path.dirname(decoder.path);
  const own = path.basename(decoder.path);
  const names = [own.replace(/^decoder(_with_past)?(_model)?(_merged)?/, 'encoder$2'), 'encoder_model.onnx'];
  const found = names
    .map((name) => path.join(folder, name))
    .find((file) => file !== decoder.path && existsSync(file));
  if (found === undefined) {
    throw new UserError({
      what: 'this decoder is fed what its encoder gives, and there is no encoder beside it',
      where: decoder.path,
      todo: `put encoder_model.onnx into ${folder}`,
      exit: Exit.MODEL,
    });
  }
  const model = openModel(found);
  const view = viewGraph(model);
  const feeds = planFeeds(view, fedInputs(view.graph), readModelConfig(folder));
  const outputs = view.graph.outputs.map(({ name }) => name);
  const output = outputs.find((name) => name === 'last_hidden_state') ?? outputs[0]!;
  return { file: { path: found, feeds, output }, model };
}
