/*
 * `npm run test:crash`: a run that is killed a hundred times at random moments, and again inside the writing of its
 * checkpoints, must end with the bytes of one that was left alone, and compute next to nothing twice.
 *
 *     npm run test:crash
 *     npm run test:crash -- --kills 10 --documents 20000 --seed 7
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeTexts } from '../bench/corpora.js';
import { begun, faults, killed, readJournal, runArguments, succeed } from './lives.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    documents: { type: 'string', default: '130000' },
    every: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const kills = Number(values.kills);
const every = Number(values.every);
const seed = Number(values.seed);
const WORKERS = 2;

const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-crash-'));
try {
  const corpus = path.join(folder, 'texts.jsonl');
  await writeTexts(corpus, Number(values.documents));
  const settings = [
    '--workers',
    String(WORKERS),
    '--checkpoint-every',
    String(every),
    '--block-size',
    '8KiB',
  ];
  const argumentsFor = (name) => runArguments(corpus, path.join(folder, name), settings);
  const undisturbed = path.join(folder, 'undisturbed');
  await succeed(argumentsFor('undisturbed'), { journal: `${undisturbed}.journal` });
  const blocks = begun(readJournal(`${undisturbed}.journal`)).length;
  const { seconds } = JSON.parse(readFileSync(path.join(undisturbed, 'run.json'), 'utf8'));
  // What all workers compute between two checkpoints: the time between, and that of the saving.
  const interval = Math.ceil((blocks / seconds.running) * (every + 1));
  console.log(
    `undisturbed: ${blocks} blocks in ${seconds.running.toFixed(1)} s; ${interval} between two checkpoints`,
  );

  const judge = async (name, options, mustFail = false) => {
    const output = path.join(folder, name);
    const journal = `${output}.journal`;
    const story = await killed(argumentsFor(name), output, journal, options);
    const told = { blocks, workers: WORKERS, interval, output, reference: undisturbed };
    const wrong =
      story.early === null
        ? faults(story, journal, told)
        : [`it ended after ${story.deaths.length} kills: ${JSON.stringify(story.early)}`];
    const computed = begun(readJournal(journal)).length;
    const after = story.deaths.filter(({ files }) => files > 0).length;
    const bound = blocks + story.deaths.length * (WORKERS + interval);
    console.log(
      `${name}: ${story.deaths.length} kills, ${after} after the first checkpoint; ${computed} blocks computed, at most ${bound} allowed; ` +
        `${story.recomputed} that a checkpoint held computed again; ${wrong.length === 0 ? 'every file as undisturbed' : wrong.join('; ')}`,
    );
    const good =
      wrong.length > 0 === mustFail && (mustFail || after >= Math.floor(0.9 * story.deaths.length));
    if (!good) process.exitCode = 1;
    rmSync(output, { recursive: true, force: true });
  };
  await judge('killed at random moments', { kills, moments: [100, 4000 * every], seed });
  await judge('killed while saving', {
    kills: Math.ceil(kills / 5),
    moments: [60_000, 60_000],
    seed: seed + 1,
    env: (random) => ({ NEUROPROBE_CRASH_AT: String(1 + (random() % 40)) }),
  });
  await judge(
    'a variant that ignores its checkpoints (must fail)',
    { kills: 3, moments: [2500 * every, 3000 * every], seed: seed + 2, again: ['--force'] },
    true,
  );
  console.log(process.exitCode === 1 ? 'FAILED' : 'nothing lost');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
