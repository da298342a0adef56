import { CommanderError, type Command } from 'commander';
import { Exit, UserError, type ExitCode } from '../core/errors.js';
import { endQuietlyWithoutReader } from './print.js';
import { makeProgram } from './program.js';
import { troubleText } from './trouble-text.js';

/**
 * The command line: sets the process' exit code and never throws.
 * @param args what stands behind the program's name
 */
export async function main(args: readonly string[]): Promise<void> {
  endQuietlyWithoutReader();
  const debug = args.includes('--debug');
  process.on('uncaughtException', (error) => process.exit(complain(error, debug)));
  try {
    await makeProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version that were asked for are no error.
      if (error.exitCode === 0) return;
      // Help that was shown for want of a command has said it all.
      process.exitCode =
        error.code === 'commander.help' ? Exit.USAGE : complain(usageTrouble(error, args), debug);
    } else {
      process.exitCode = complain(error, debug);
    }
  }
}

/** Says on stderr what went wrong. */
function complain(error: unknown, debug: boolean): ExitCode {
  const { text, exit } = troubleText(error, debug);
  process.stderr.write(text);
  return exit;
}

/** What commander found wrong with the command line, in our three lines. */
function usageTrouble(error: CommanderError, args: readonly string[]): UserError {
  const [message = '', hint] = error.message.replace(/^error: /, '').split('\n');
  const meant = /^\(Did you mean (.*)\?\)$/.exec(hint ?? '');
  const named = (among: readonly Command[], name: string | undefined) =>
    among.find((candidate) => candidate.name() === name);
  const command = named(makeProgram().commands, args[0]);
  const inner = named(command?.commands ?? [], args[1]);
  const help = ['neuroprobe', command?.name(), inner?.name(), '--help'].filter(Boolean).join(' ');
  return new UserError({
    what: message.replace(/\.$/, ''),
    where: 'the command line',
    todo: meant === null ? `see ${help}` : `did you mean ${meant[1]!}? (all of them: ${help})`,
    exit: Exit.USAGE,
  });
}
