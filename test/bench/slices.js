/*
 * Programs that take turns on the machine. Other guests slow a shared machine down for minutes at a time, longer than
 * a program runs: one after the other, two programs meet different machines, and their ratio says nothing. So all
 * are started, all but one are stopped (SIGSTOP), and every few seconds it is the next one's turn. A program's rate is
 * of the time in which it could run.
 */
import { spawn } from 'node:child_process';

/** Seconds of a turn: many within a program's run, few enough that stopping costs nothing. */
const TURN = 3;

/**
 * Runs each program `rounds` times, in turns; one that has done so goes on, so that the others do not come to have
 * the machine alone, and what it then has not ended is killed.
 * @param programs by name: `command`, and `measured(text)`, which gives of what a run printed and wrote its tokens and
 *   the span of time in which it computed them: {tokens, from, to, ...}, in milliseconds of Date.now
 * @returns by name, of each whole run, what `measured` gave and `rate`, its tokens a second
 */
export async function runInTurns(programs, { rounds, cwd }) {
  const names = Object.keys(programs);
  const done = Object.fromEntries(names.map((name) => [name, []]));
  const running = {};
  const start = (name) => (running[name] = startProgram(programs[name], cwd));
  names.forEach(start);
  try {
    while (names.some((name) => done[name].length < rounds)) {
      for (const name of names) {
        const run = running[name];
        await run.turn(TURN * 1000);
        if (!run.ended) continue;
        done[name].push(run.result());
        start(name);
      }
    }
  } finally {
    Object.values(running).forEach((run) => run.kill());
  }
  return done;
}

/** Tokens a second of all runs together. */
export function rateOf(runs) {
  const tokens = runs.reduce((sum, run) => sum + run.tokens, 0);
  return tokens / runs.reduce((sum, run) => sum + run.tokens / run.rate, 0);
}

function startProgram({ command, args, measured }, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  child.kill('SIGSTOP');
  /** Spans of time in which it could run. */
  const turns = [];
  let text = '';
  let errors = '';
  let last = 0;
  child.stdout.on('data', (part) => {
    text += part;
    last = Date.now();
  });
  child.stderr.on('data', (part) => (errors += part));
  const run = { ended: false, code: null };
  const closed = new Promise((resolve) =>
    child.on('close', (code) => {
      Object.assign(run, { ended: true, code });
      resolve();
    }),
  );
  run.turn = async (milliseconds) => {
    const from = Date.now();
    let timer;
    const over = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
    child.kill('SIGCONT');
    await Promise.race([closed, over]);
    clearTimeout(timer);
    child.kill('SIGSTOP');
    turns.push([from, Date.now()]);
  };
  run.result = () => {
    if (run.code !== 0)
      throw new Error(`${command} ${args[0]} ended with ${run.code}: ${errors.slice(-400)}`);
    const told = measured(text, last);
    const active = turns.reduce(
      (sum, [from, to]) => sum + Math.max(0, Math.min(to, told.to) - Math.max(from, told.from)),
      0,
    );
    return { ...told, rate: (told.tokens * 1000) / active };
  };
  run.kill = () => child.kill('SIGKILL');
  return run;
}
