import { stat } from 'node:fs/promises';
import { weightFiles } from '../model/external-data.js';
import type { ModelInfo } from '../onnx/types.js';
import { filePlace, type FilePlace } from './file-place.js';

/**
 * Looks at where a file of an exposed model shall be put.
 * @throws UserError (exit 73) where it cannot be put there: no folder, a file without `force`, or one of the original's
 */
export function exposedPlace(
  asGiven: string,
  { force, model }: { force: boolean; model: ModelInfo },
): Promise<FilePlace> {
  const refuse = async (place: string): Promise<string | null> => {
    const there = await stat(place).catch(() => null);
    if (there === null) return null;
    for (const { realPath } of weightFiles(model)) {
      const original = await stat(realPath);
      // Hard links too: what is written would not be the original's any more.
      if (original.dev === there.dev && original.ino === there.ino)
        return 'this file is part of the model that is read';
    }
    return null;
  };
  return filePlace(asGiven, { force, flag: '-o', example: 'exposed.onnx', refuse });
}
