import { Exit, UserError } from '../core/errors.js';

/** Where a model can run: ONNX Runtime's execution providers by their names. */
export const DEVICES = ['cpu', 'cuda', 'tensorrt', 'webgpu', 'dml', 'coreml'] as const;

export type Device = (typeof DEVICES)[number];

/** What ONNX Runtime (1.30) says where a provider is not there, and what a user can do. */
const TROUBLES: { said: RegExp; what: string; todo: string }[] = [
  {
    said: /Failed to load shared library|Failed to load library/i,
    what: 'its library is not installed, or does not find those that it needs',
    todo: 'let onnxruntime-node fetch it (ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js; CUDA 12 and cuDNN 9 must be there), or leave --device out',
  },
  {
    said: /no available backend|backend not found/i,
    what: 'onnxruntime-node has no such provider on this platform',
    todo: 'leave --device out, or try one that it has: on Linux cuda, tensorrt and webgpu',
  },
  {
    said: /adapter/i,
    what: 'no graphics adapter was found',
    todo: 'install its driver (on Linux with Vulkan), or leave --device out',
  },
];

/** Why a device cannot be used; null where the error speaks of something else. */
export function deviceTrouble(device: Device, error: unknown): UserError | null {
  if (device === 'cpu') return null;
  const message = error instanceof Error ? error.message : String(error);
  const trouble = TROUBLES.find(({ said }) => said.test(message));
  if (trouble === undefined) return null;
  return new UserError({
    what: `the device "${device}" cannot be used: ${trouble.what}`,
    where: '--device',
    todo: trouble.todo,
    exit: Exit.MODEL,
    cause: error,
  });
}
