import type { Kernel, KernelRoom } from './kernel.js';
import { referenceKernel } from './reference-kernel.js';
import { fitsSimd, simdKernel } from './simd-kernel.js';

/** The fastest kernel that has room for these settings; both give the same bytes. */
export function openKernel(room: KernelRoom): Kernel {
  return fitsSimd(room.settings) ? simdKernel(room) : referenceKernel(room);
}
