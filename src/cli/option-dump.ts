import { Option } from 'commander';
import { DUMP_LIMIT } from '../run/defaults.js';
import type { ProfileRequest } from '../run/types.js';
import { bytesOption, formatBytes } from './option-bytes.js';
import { choiceOption } from './option-choice.js';
import { numberOption } from './option-number.js';
import { usageError } from '../core/usage-error.js';

/** What commander makes of the options of a dump. */
export interface DumpOptions {
  dump?: 'delphi';
  above?: number;
  dumpLimit?: number;
}

export function dumpOptions(): Option[] {
  return [
    new Option(
      '--dump <FORMAT>',
      'profile: write every activation above --above as well, into OUT/delphi: "delphi", the cache of EleutherAI’s delphi; name some --neurons, or it is large',
    ).argParser(choiceOption('--dump', ['delphi'])),
    new Option('--above <X>', 'with --dump: activation above which all are written, 0 or more').argParser(
      numberOption('--above'),
    ),
    new Option(
      '--dump-limit <BYTES>',
      `with --dump: stop the run where it would be larger (default: ${formatBytes(DUMP_LIMIT)})`,
    ).argParser(bytesOption('--dump-limit', { least: 1, most: 2 ** 50 })),
  ];
}

/** @throws UserError (exit 2) where one of the options wants another */
export function dumpOf({ dump, above, dumpLimit }: DumpOptions): ProfileRequest['dump'] {
  if (dump === undefined) {
    const flag = above !== undefined ? '--above' : dumpLimit !== undefined ? '--dump-limit' : null;
    if (flag === null) return null;
    throw usageError(flag, 'there is no dump', 'give --dump delphi too, or leave it out');
  }
  if (above === undefined) {
    throw usageError(
      '--dump',
      'it does not know which activations to write: those of an FFN are hardly ever 0',
      'say above what with --above X: some quantile of the neurons, which a first profile tells',
    );
  }
  return { to: dump, above, limit: dumpLimit ?? DUMP_LIMIT };
}
