/** Exit codes of the command line (design §8), after BSD's sysexits where one fits. */
export const Exit = {
  DONE: 0,
  BUG: 1,
  USAGE: 2,
  /** Done, but records were rejected. */
  REJECTS: 3,
  GATE: 4,
  /** Corpus, state or profile is not what it should be. */
  DATA: 65,
  NO_INPUT: 66,
  /** The model is not one we can profile. */
  MODEL: 69,
  /** ONNX Runtime failed. */
  RUNTIME: 70,
  CANNOT_CREATE: 73,
  IO: 74,
  TRY_AGAIN: 75,
  /** Settings do not fit those of what is to be continued or merged. */
  SETTINGS: 78,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** What a user is told of an error. */
export interface Trouble {
  /** What is wrong, in the user's words. */
  what: string;
  /** Where: a file, `file:line:byte`, a flag, a tensor. */
  where: string;
  /** What to do about it. */
  todo: string;
  exit: ExitCode;
  cause?: unknown;
}

/** Something the user can put right; any other error that reaches the CLI is our bug (exit 1). */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(`${trouble.what}\n  in ${trouble.where}\n  ${trouble.todo}`, { cause: trouble.cause });
    this.trouble = trouble;
  }

  get exit(): ExitCode {
    return this.trouble.exit;
  }
}
