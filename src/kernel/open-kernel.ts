import type { Kernel, KernelRoom } from './kernel.js';
import { referenceKernel } from './reference-kernel.js';
import { fitsSimd, simdKernel } from './simd-kernel.js';

/** Set to `reference`, the plain kernel is taken: for who would see that both give the same bytes, or what the other saves. */
const CHOICE = 'NEUROPROBE_KERNEL';

/** The fastest kernel that has room for these settings; both give the same bytes. */
export function openKernel(room: KernelRoom): Kernel {
  return process.env[CHOICE] !== 'reference' && fitsSimd(room.settings)
    ? simdKernel(room)
    : referenceKernel(room);
}
