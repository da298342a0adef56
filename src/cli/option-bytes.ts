import { usageError } from '../core/usage-error.js';

/** Powers of two: `k`, `KiB` and `KB` all mean 1,024 bytes. */
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

export interface BytesBounds {
  least: number;
  most: number;
}

/** Parser of an option that takes a number of bytes: `32768`, `32k`, `32KiB`, `1.5 MiB`. */
export function bytesOption(flag: string, { least, most }: BytesBounds): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)\s*(?:([kmg])i?b?|b)?$/i.exec(text.trim());
    const bytes = match === null ? NaN : Number(match[1]) * UNITS[(match[2] ?? '').toLowerCase()]!;
    if (!Number.isInteger(bytes)) {
      throw usageError(flag, `"${text}" is not a size in bytes`, 'write it as 32768, 32k or 32KiB');
    }
    if (bytes < least || bytes > most) {
      throw usageError(
        flag,
        `${text} is outside of what ${flag} takes`,
        `give ${formatBytes(least)} to ${formatBytes(most)}`,
      );
    }
    return bytes;
  };
}

/** `32KiB`: the form that the option reads. */
export function formatBytes(bytes: number): string {
  const units = [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const;
  const unit = units.find(([, size]) => bytes >= size && bytes % size === 0);
  return unit === undefined ? `${bytes}` : `${bytes / unit[1]}${unit[0]}`;
}
