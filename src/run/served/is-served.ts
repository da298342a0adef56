import type { Device } from '../../model/device.js';

/** Set to `served`, the CPU has one session for all workers too: for who would see that it changes no byte. */
const CHOICE = 'NEUROPROBE_SESSION';

/** Whether the workers share one session: those of devices do, which compute for one at a time anyway. */
export function isServed(device: Device): boolean {
  return device !== 'cpu' || process.env[CHOICE] === 'served';
}
