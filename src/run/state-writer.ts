import { parentPort, workerData } from 'node:worker_threads';
import { StateWriter } from '../profile/state/state-file.js';
import { toFailure } from './failure.js';
import { InTurn } from './in-turn.js';
import type { FromStateWriter, StateSetup, ToStateWriter } from './state-thread.js';

/** The thread of `StateThread`: writes the layers as they come, until there are no more or one could not be written. */
const port = parentPort!;
const { path, header, vocabulary } = workerData as StateSetup;
const begun = StateWriter.begin(path, header, vocabulary);
begun.catch(() => {}); // whoever asks first is told

const turns = new InTurn();
port.on('message', (asked: ToStateWriter) => void turns.run(() => answer(asked)));

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
  await state.layer(asked.layer.state, asked.layer.neurons);
  return null;
}
