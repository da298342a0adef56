import { parentPort, workerData } from 'node:worker_threads';
import { layerBytes } from '../profile/state/layer-bytes.js';
import { StateWriter } from '../profile/state/state-file.js';
import { toFailure } from './failure.js';
import type { FromStateWriter, StateSetup, ToStateWriter } from './state-thread.js';

/** The thread of `StateThread`: writes the layers as they come, until there are no more or one could not be written. */
const port = parentPort!;
const { path, header, vocabulary } = workerData as StateSetup;
const begun = StateWriter.begin(path, header, vocabulary);
begun.catch(() => {}); // whoever asks first is told

/** Settles when what was asked for so far is answered. */
let turn: Promise<void> = Promise.resolve();
port.on('message', (asked: ToStateWriter) => {
  turn = turn.then(() => answer(asked));
});

/** Room for a layer: a little more than the one before took, for layers are much alike; undefined for the first. */
let room: number | undefined;

async function answer(asked: ToStateWriter): Promise<void> {
  try {
    port.postMessage({ sha256: await write(asked) } satisfies FromStateWriter);
  } catch (error) {
    port.postMessage({ failure: toFailure(error) } satisfies FromStateWriter);
  }
  if (asked.type === 'finish') port.close();
}

async function write(asked: ToStateWriter): Promise<string | null> {
  const state = await begun;
  if (asked.type === 'finish') return state.finish();
  const bytes = layerBytes(asked.layer.state, asked.layer.neurons, room);
  room = Math.ceil(1.1 * bytes.length);
  await state.section(bytes);
  return null;
}
