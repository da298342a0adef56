import { halfSipHash } from './half-sip-hash.js';
import type { WindowPlace } from './types.js';

/**
 * The hash that samples choose positions by: of (file, record in the file, window, position) under the run's seed. No
 * neuron enters it, so that all neurons have the same sample.
 * @param out lower half, upper half
 */
export function positionHash(
  seed: number,
  { file, record, window }: Pick<WindowPlace, 'file' | 'record' | 'window'>,
  position: number,
  out: Uint32Array,
): void {
  message[0] = file;
  message[1] = record;
  message[2] = window;
  message[3] = position;
  halfSipHash([seed, 0], message, out);
}

const message = new Int32Array(4);
const known = new WeakMap<WindowPlace, Uint32Array>();

/** The hashes of all positions of a window, two words each; computed once, for all layers. */
export function positionHashes(seed: number, place: WindowPlace): Uint32Array {
  let hashes = known.get(place);
  if (hashes === undefined) {
    hashes = new Uint32Array(2 * place.ids.length);
    for (let p = 0; p < place.ids.length; p++)
      positionHash(seed, place, p, hashes.subarray(2 * p, 2 * p + 2));
    known.set(place, hashes);
  }
  return hashes;
}
