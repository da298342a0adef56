/** Time that a run has to stop by itself: a worker in a native call cannot be told. */
const PATIENCE_MS = 2500;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * Runs `work` so that Ctrl-C (or SIGTERM) stops it cleanly: the first aborts
 * its signal and waits up to 2.5 s, a second ends the process at once. Then the
 * signal is raised again without our handler, so that the shell sees a process that
 * a signal ended (130, 143) and stops its own loops.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onStop: (signal: Signal) => void,
): Promise<T> {
  const controller = new AbortController();
  let caught: Signal | null = null;
  const handle = (signal: Signal) => {
    if (caught !== null) return raise(signal);
    caught = signal;
    onStop(signal);
    controller.abort();
    setTimeout(() => raise(signal), PATIENCE_MS).unref();
  };
  const raise = (signal: Signal) => {
    release();
    process.kill(process.pid, signal);
  };
  const release = () => SIGNALS.forEach((signal) => process.removeListener(signal, handle));

  SIGNALS.forEach((signal) => process.on(signal, handle));
  try {
    return await work(controller.signal);
  } finally {
    if (caught !== null) {
      raise(caught);
      await never();
    }
    release();
  }
}

/** The signal is delivered a moment later; nothing must be printed meanwhile. */
function never(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000));
}
