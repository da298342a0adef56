import { shellWord } from '../report/shell-word.js';

/** A run that is to be shared out. */
export interface SharedRun {
  shards: number;
  /** The command line of one run over the whole corpus, without its output. */
  words: readonly string[];
  /** Where the profile goes; the shards lie beside it. */
  output: string;
  /** Whether a profile that is there already is replaced. */
  force: boolean;
  /** Whether the profile gets report.html; default: yes. */
  html?: boolean;
  /** What to call neuroprobe by. */
  program: string;
}

/** Exit codes of a run that another try does not mend: usage, data, no input, model, output in the way, settings. */
const PERMANENT = [2, 65, 66, 69, 73, 78];
/** The lock of a run that was killed: after five minutes it is taken over. */
const TRY_AGAIN = 75;
/** Those of a merge: that shards are missing (65, 66) is mended by waiting. */
const PERMANENT_MERGE = [2, 69, 73, 78];

/** Where the shards of an output lie until they are merged. */
function shardsOf(output: string): string {
  return `${output}.shards`;
}

function mergeWords({ output, force, html = true }: SharedRun): string[] {
  const options = [...(force ? ['--force'] : []), ...(html ? [] : ['--no-html'])];
  return ['merge', shardsOf(output), '-o', output, ...options];
}

/** A shard that learns its number from the scheduler. */
function arrayWords({ words, output, shards }: SharedRun): string[] {
  return [...words, '-o', shardsOf(output), '--shard', 'auto', '--shards', String(shards), '--resume'];
}

function line(program: string, words: readonly string[]): string {
  return [program, ...words.map(shellWord)].join(' ');
}

/** What Slurm must know of a run's jobs. */
export interface SlurmPlace {
  /** Options for the array's submission, and for the merge's, as typed. */
  sbatch?: string;
  sbatchMerge?: string;
  /** Tasks that run at the same time at most. */
  atOnce?: number;
}

/**
 * A shell script that submits an array job and a merge that waits for it. `exec` lets the program get Slurm's
 * signals itself; the merge waits for any end of the array (`afterany`) and judges by itself whether all is there.
 */
export function slurmScript(
  run: SharedRun,
  { sbatch = '', sbatchMerge = sbatch, atOnce }: SlurmPlace,
): string {
  const [options, mergeOptions] = [sbatch, sbatchMerge].map((typed) => (typed === '' ? '' : ` ${typed}`));
  const tasks = `0-${run.shards - 1}${atOnce === undefined ? '' : `%${atOnce}`}`;
  return `#!/usr/bin/env bash
# Computes a profile as an array of ${run.shards} tasks and merges what they leave. Run it where sbatch is:
#     bash THIS
# A task that was killed goes on from its last checkpoint when it is submitted again. Where tasks are
# missing at the end, the merge's log names them and the command that computes them.
set -euo pipefail
array=$(sbatch --parsable --requeue --job-name=neuroprobe --array=${tasks}${options} <<'TASK'
#!/usr/bin/env bash
exec ${line(run.program, arrayWords(run))}
TASK
)
merge=$(sbatch --parsable --job-name=neuroprobe-merge --dependency="afterany:$array"${mergeOptions} <<'TASK'
#!/usr/bin/env bash
exec ${line(run.program, mergeWords(run))}
TASK
)
echo "array $array, merge $merge:" ${shellWord(run.output)} "when both are done (squeue -j $array,$merge)"
`;
}

/**
 * Two lines for GNU parallel, which gives its command to a shell: so it is one word to ours. It runs a task a core, so
 * each has one worker unless the run says otherwise.
 */
export function parallelScript(run: SharedRun): string {
  const words = [...run.words, '-o', shardsOf(run.output)].map((word) => unreplaced(shellWord(word)));
  const workers = run.words.some((word) => /^--workers(=|$)/.test(word)) ? [] : ['--workers', '1'];
  const command = [run.program, ...words, ...workers, '--shard', `{}/${run.shards}`, '--resume'].join(' ');
  return `parallel --joblog ${shellWord(`${run.output}.joblog`)} ${shellWord(command)} ::: $(seq 0 ${run.shards - 1})
${line(run.program, mergeWords(run))}
`;
}

/**
 * A quoted word, but that parallel finds none of its replacement strings in it ({}, {1}, {.}, {= … =}): the quotes
 * are closed and opened again behind each brace, or the brace is escaped in $'…'. Words without quotes have none.
 */
function unreplaced(quoted: string): string {
  return quoted.replaceAll('{', quoted.startsWith('$') ? '\\x7b' : "{''");
}

/** What Kubernetes must know of where a run lives. */
export interface KubernetesPlace {
  /** Container image that has neuroprobe. */
  image: string;
  /** A volume claim that model, corpus and output lie on, and where it is mounted. */
  claim: string;
  mount: string;
}

/**
 * An Indexed Job, and the Job that merges. Fields after the batch/v1 API: an index has retries of its own
 * (backoffLimitPerIndex), and an exit code that no retry mends fails it at once (podFailurePolicy).
 */
export function kubernetesManifest(run: SharedRun, { image, claim, mount }: KubernetesPlace): string {
  const on = (action: string, codes: readonly number[]) => `      - action: ${action}
        onExitCodes:
          containerName: neuroprobe
          operator: In
          values: [${codes.join(', ')}]`;
  const job = (
    name: string,
    spec: string,
    words: readonly string[],
    onPermanent: string,
  ) => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
spec:
${spec}
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
${on('Ignore', [TRY_AGAIN])}
${onPermanent}
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 10
      containers:
        - name: neuroprobe
          image: ${yamlText(image)}
          workingDir: ${yamlText(mount)}
          command: ${yamlText(words.map(unexpanded))}
          volumeMounts:
            - name: work
              mountPath: ${yamlText(mount)}
      volumes:
        - name: work
          persistentVolumeClaim:
            claimName: ${yamlText(claim)}
`;
  // Done with rejected records is done, which a Job knows by 0 alone.
  const merge = `${line(run.program, mergeWords(run))} || { code=$?; [ $code -eq 3 ] || exit $code; }`;
  const array = `  completionMode: Indexed
  completions: ${run.shards}
  parallelism: ${run.shards}
  backoffLimitPerIndex: 6
  maxFailedIndexes: ${run.shards}`;
  return `# kubectl apply -f THIS
# The second job merges what the first one leaves. While shards are missing it fails, and is tried again, at most
# six minutes later; its log names them.
# Before it is applied again: kubectl delete job neuroprobe neuroprobe-merge
${job('neuroprobe', array, [...run.program.split(' '), ...arrayWords(run)], on('FailIndex', PERMANENT))}---
${job('neuroprobe-merge', '  backoffLimit: 1000', ['sh', '-c', merge], on('FailJob', PERMANENT_MERGE))}`;
}

/** Kubernetes puts variables for $(NAME) in a command, and $ for $$. */
function unexpanded(word: string): string {
  return word.replaceAll('$', '$$$$');
}

/** Text, or a list of it, as JSON, which is YAML but for control characters and line ends that JSON lets stand. */
function yamlText(value: string | readonly string[]): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
