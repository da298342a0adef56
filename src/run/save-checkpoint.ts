import { rm } from 'node:fs/promises';
import { StateWriter } from '../profile/state/state-file.js';
import type { RunIdentity, SpoolMark } from '../profile/state/types.js';
import { moveIntoPlace, temporaryName } from '../profile/write/replace-file.js';
import type { LayerState } from '../accumulate/layer-state.js';
import type { Covered } from './covered.js';
import { crashPoint } from './journal.js';
import { requireLock, type Lock } from './lock.js';
import { checkpointFile } from './partial.js';

/** Where a worker saves what it has. */
export interface CheckpointPlace {
  folder: string;
  /** From 1. */
  life: number;
  identity: RunIdentity;
  lock: Lock;
}

/**
 * Saves a worker's state, whole or not at all. Must be called between two blocks.
 * @param neurons columns kept of each layer
 * @throws UserError: 75 where the disk is full or the lock lost, 74 where it cannot be written; the last one stays then
 */
export async function saveCheckpoint(
  { folder, life, identity, lock }: CheckpointPlace,
  worker: number,
  { covered, spools }: { covered: Covered; spools: SpoolMark[] },
  layers: readonly LayerState[],
  neurons: readonly Int32Array[],
): Promise<void> {
  const files = identity.corpus.map(() => null);
  const header = {
    format: 'neuroprobe-state' as const,
    ...identity,
    covered: covered.header(files.length),
    spools,
    files,
  };
  const file = checkpointFile(folder, life, worker);
  const temporary = temporaryName(file);
  let writer: StateWriter | null = null;
  try {
    writer = await StateWriter.begin(temporary, header, null);
    crashPoint();
    for (const [i, layer] of layers.entries()) {
      await writer.layer(layer, neurons[i]!);
      crashPoint();
    }
    await writer.finish();
    crashPoint();
    await moveIntoPlace(temporary, file, () => requireLock(lock));
    crashPoint();
  } catch (error) {
    await writer?.abandon();
    await rm(temporary, { force: true }).catch(() => {}); // what kept us from writing may keep us from this
    requireLock(lock); // whoever took over may have moved all this away, which is then the reason
    throw error;
  }
}
