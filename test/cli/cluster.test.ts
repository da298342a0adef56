import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kubernetesManifest, parallelScript, slurmScript } from '../../src/run/cluster-scripts.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { readYaml } from '../support/yaml.js';

/** What a shell, parallel or Kubernetes would do something with. */
const WORDS = [
  'my corpus.jsonl',
  "it's",
  '"quoted"',
  '$HOME',
  '$(touch pwned)',
  '`touch pwned`',
  'a\\b',
  'L{1}.{2}',
  '{}',
  '{}/9',
  '{.} {/} {#} {%}',
  '{= $_="x" =}',
  '$$',
  'mlp$',
  '*.jsonl',
  '~/x',
  '#no',
  'é 漢字 😀',
  'two\nlines',
  'TASK\nTASK',
  "tab\t{}'\u001b[0m",
  '!!',
  '',
  '&& touch pwned;',
];
const OUTPUT = `it's "the" $(touch pwned) {1}\\ \`out\``;
const SHARDS = 3;

/** Records the words that it is called with, each with a NUL behind it: in `call0`, `call1` … */
const NEUROPROBE = `#!/usr/bin/env bash
n=$(ls "$RECORD" | grep -c '^call')
printf '%s\\0' "$@" > "$RECORD/call$n"
`;

/** Records its options so, and the script; answers with a number, as --parsable wants it. */
const SBATCH = `#!/usr/bin/env bash
n=$(ls "$RECORD" | grep -c '^script')
printf '%s\\0' "$@" > "$RECORD/options$n"
cat > "$RECORD/script$n"
echo $((100 + n))
`;

/** Puts an argument where GNU parallel would, and gives the rest to a shell. */
const PARALLEL = `#!/usr/bin/env bash
while [ "$1" != ::: ]; do
  if [ "$1" = --joblog ]; then printf %s "$2" > "$RECORD/joblog"; shift; else command=$1; fi
  shift
done
shift
for i; do
  line=$command
  for string in '{}' '{.}' '{/}' '{//}' '{/.}' '{#}' '{%}' '{1}' '{2}'; do line=\${line//"$string"/$i}; done
  case $line in *'{='*'=}'*) exit 99;; esac
  bash -c "$line"
done
`;

describe('what cluster prints', () => {
  const folder = temporaryDirectory();
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries({ neuroprobe: NEUROPROBE, sbatch: SBATCH, parallel: PARALLEL })) {
    writeFileSync(path.join(bin, name), text);
    chmodSync(path.join(bin, name), 0o755);
  }

  const run = (words: readonly string[], output = OUTPUT) => ({
    shards: SHARDS,
    words: ['profile', ...words],
    output,
    force: false,
    program: 'neuroprobe',
  });

  /** Runs a script in a folder of its own, with the stand-ins of the scheduler first in PATH. */
  function bash(script: string, record: string) {
    const file = path.join(record, 'ran.sh');
    writeFileSync(file, script);
    expect(spawnSync('bash', ['-n', file], { encoding: 'utf8' }).stderr).toBe('');
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, RECORD: record };
    const { status, stdout, stderr } = spawnSync('bash', [file], { cwd: record, env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  }

  const fresh = () => mkdtempSync(path.join(folder, 'ran-'));
  const read = (record: string, name: string) => readFileSync(path.join(record, name), 'utf8');
  const wordsIn = (record: string, name: string) => read(record, name).split('\0').slice(0, -1);

  const shardWords = (words: readonly string[], ...shard: string[]) => [
    'profile',
    ...words,
    '-o',
    `${OUTPUT}.shards`,
    ...shard,
    '--resume',
  ];
  const MERGE = ['merge', `${OUTPUT}.shards`, '-o', OUTPUT];
  const AUTO = ['--shard', 'auto', '--shards', String(SHARDS)];

  describe('for Slurm', () => {
    /** Submits, then runs what was submitted. */
    function submit(words: readonly string[], sbatch = ''): { record: string; said: string } {
      const record = fresh();
      const said = bash(slurmScript(run(words), { sbatch }), record);
      for (const name of ['script0', 'script1']) {
        expect(read(record, name)).toMatch(/^#!\/usr\/bin\/env bash\nexec neuroprobe /);
        bash(read(record, name), record);
      }
      return { record, said };
    }

    test('submits an array and a merge that waits for it, with each word as it was', () => {
      const { record, said } = submit(WORDS, '--time=1:00 --mem=4G');
      expect(wordsIn(record, 'call0')).toEqual(shardWords(WORDS, ...AUTO));
      expect(wordsIn(record, 'call1')).toEqual(MERGE);
      const both = ['--time=1:00', '--mem=4G'];
      expect(wordsIn(record, 'options0')).toEqual([
        ...['--parsable', '--requeue', '--job-name=neuroprobe', '--array=0-2'],
        ...both,
      ]);
      expect(wordsIn(record, 'options1')).toEqual([
        ...['--parsable', '--job-name=neuroprobe-merge', '--dependency=afterany:100'],
        ...both,
      ]);
      expect(said).toBe(`array 100, merge 101: ${OUTPUT} when both are done (squeue -j 100,101)\n`);
      expect(existsSync(path.join(record, 'pwned'))).toBe(false);
    });

    test('hands on any words', () => {
      fc.assert(
        fc.property(fc.array(anyWord, { maxLength: 8 }), (words) => {
          expect(wordsIn(submit(words).record, 'call0')).toEqual(shardWords(words, ...AUTO));
        }),
        { numRuns: 20 },
      );
    });
  });

  describe('for GNU parallel', () => {
    function shareOut(words: readonly string[]): string {
      const record = fresh();
      bash(parallelScript(run(words)), record);
      expect(read(record, 'joblog')).toBe(`${OUTPUT}.joblog`);
      return record;
    }

    test('computes each shard and merges, with each word as it was', () => {
      const record = shareOut(WORDS);
      for (let i = 0; i < SHARDS; i++)
        expect(wordsIn(record, `call${i}`)).toEqual(
          shardWords(WORDS, '--workers', '1', '--shard', `${i}/${SHARDS}`),
        );
      expect(wordsIn(record, `call${SHARDS}`)).toEqual(MERGE);
      expect(existsSync(path.join(record, 'pwned'))).toBe(false);
    });

    test('hands on any words', () => {
      fc.assert(
        fc.property(fc.array(anyWord, { maxLength: 8 }), (words) => {
          expect(wordsIn(shareOut(words), 'call1')).toEqual(
            shardWords(words, '--workers', '1', '--shard', `1/${SHARDS}`),
          );
        }),
        { numRuns: 20 },
      );
    });
  });

  describe('for Kubernetes', () => {
    const place = { image: 'registry/neuroprobe:1', claim: 'work', mount: '/work' };
    const jobs = (words: readonly string[], at = place) =>
      readYaml(kubernetesManifest(run(words), at)) as [Job, Job];

    test('is two Jobs of batch/v1: an indexed one whose indices are tried again, and one that merges', () => {
      const [array, merge] = jobs([]);
      for (const { apiVersion, kind, spec } of [array, merge]) {
        expect([apiVersion, kind]).toEqual(['batch/v1', 'Job']);
        expect(spec.template.spec).toMatchObject({
          restartPolicy: 'Never', // podFailurePolicy asks for it
          containers: [{ name: 'neuroprobe', image: place.image, workingDir: '/work' }],
          volumes: [{ name: 'work', persistentVolumeClaim: { claimName: 'work' } }],
        });
        expect(spec.template.spec.containers[0]!.volumeMounts).toEqual([
          { name: 'work', mountPath: '/work' },
        ]);
      }
      expect(array.metadata.name).not.toBe(merge.metadata.name);
      expect(array.spec).toMatchObject({
        completionMode: 'Indexed',
        completions: SHARDS,
        parallelism: SHARDS,
        backoffLimitPerIndex: 6,
        maxFailedIndexes: SHARDS,
      });
      expect(merge.spec).toHaveProperty('backoffLimit');
      for (const field of ['completionMode', 'backoffLimitPerIndex'])
        expect(merge.spec).not.toHaveProperty(field);
    });

    test('fails at once where another try mends nothing, and counts no eviction', () => {
      const [array, merge] = jobs([]);
      const rules = (action: string, values: number[]) => [
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        { action: 'Ignore', onExitCodes: { containerName: 'neuroprobe', operator: 'In', values: [75] } },
        { action, onExitCodes: { containerName: 'neuroprobe', operator: 'In', values } },
      ];
      // The API wants them ascending.
      expect(array.spec.podFailurePolicy.rules).toEqual(rules('FailIndex', [2, 65, 66, 69, 73, 78]));
      expect(merge.spec.podFailurePolicy.rules).toEqual(rules('FailJob', [2, 69, 73, 78]));
    });

    const commandOf = ({ spec }: Job) => spec.template.spec.containers[0]!.command.map(expanded);

    test('hands on each word as it was', () => {
      const [array, merge] = jobs(WORDS);
      expect(commandOf(array)).toEqual(['neuroprobe', ...shardWords(WORDS, ...AUTO)]);
      const [shell, option, script] = commandOf(merge);
      expect([shell, option]).toEqual(['sh', '-c']);
      const record = fresh();
      bash(script!, record);
      expect(wordsIn(record, 'call0')).toEqual(MERGE);
    });

    test.each([
      [0, 0],
      [3, 0],
      [65, 65],
    ])('a merge that ends with %i is to Kubernetes one that ends with %i', (code, told) => {
      const manifest = kubernetesManifest({ ...run([]), program: `sh -c 'exit ${code}'` }, place);
      const [, merge] = readYaml(manifest) as [Job, Job];
      const [shell, ...words] = commandOf(merge) as [string, ...string[]];
      expect(spawnSync(shell, words).status).toBe(told);
    });

    test('hands on any words, and names any place', () => {
      fc.assert(
        fc.property(fc.array(anyWord), anyWord, (words, name) => {
          const [array] = jobs(words, { image: name, claim: name, mount: name });
          expect(commandOf(array)).toEqual(['neuroprobe', ...shardWords(words, ...AUTO)]);
          const { containers, volumes } = array.spec.template.spec;
          expect(containers[0]).toMatchObject({ image: name, workingDir: name });
          expect(volumes[0]).toMatchObject({ persistentVolumeClaim: { claimName: name } });
        }),
      );
    });
  });

  describe('on the command line', () => {
    const cluster = (kind: string, ...args: string[]) => succeed(['cluster', kind, ...args]).stdout;

    test.each(['-o out', '-oout', '--output out', '--output=out'])('takes the output from %s', (given) => {
      const args = ['--shards', '2', 'stats', 'model', 'c.jsonl', '-k', '3', ...given.split(' ')];
      const [compute, merge] = cluster('parallel', ...args)
        .trimEnd()
        .split('\n') as [string, string];
      expect(compute).toContain(
        `'neuroprobe stats model c.jsonl -k 3 -o out.shards --workers 1 --shard {}/2 --resume'`,
      );
      expect(merge).toBe('neuroprobe merge out.shards -o out');
    });

    test('leaves out what it says itself, and keeps how a corpus is shared', () => {
      const own = ['--resume', '--force', '--shard-by', 'file'];
      const script = cluster('slurm', '--shards', '2', 'topk', 'm', 'c', '-o', 'out', ...own);
      expect(script).toContain(
        'exec neuroprobe topk m c --shard-by file -o out.shards --shard auto --shards 2 --resume\n',
      );
    });

    test('tells what is not here, and does not where a container has its own files', () => {
      writeFileSync(path.join(folder, 'there.jsonl'), '');
      const args = [
        '--shards',
        '2',
        'stats',
        'no-model',
        'there.jsonl',
        'no/*.jsonl',
        'no.jsonl',
        '-o',
        'out',
      ];
      const stderr = (...kind: string[]) => succeed(['cluster', ...kind, ...args], { cwd: folder }).stderr;
      const told =
        'neuroprobe: no-model, no.jsonl are not here; each task must find them under these names\n';
      expect(stderr('slurm')).toBe(told);
      expect(stderr('parallel')).toBe(told);
      expect(stderr('kubernetes', '--image', 'a')).toBe('');
    });

    test('calls the program that is named', () => {
      const args = ['--shards', '2', '--program', 'npx neuroprobe', 'profile', 'm', 'c', '-o', 'out'];
      expect(cluster('slurm', ...args)).toContain('exec npx neuroprobe profile m c ');
      const [array] = readYaml(cluster('kubernetes', '--image', 'a', ...args)) as [Job];
      expect(array.spec.template.spec.containers[0]!.command.slice(0, 3)).toEqual([
        'npx',
        'neuroprobe',
        'profile',
      ]);
    });

    test.each<[string, string[], string[]]>([
      ['no kind', [], ['Usage: neuroprobe cluster']],
      ['an unknown kind', ['pbs', '--shards', '2', 'profile', 'm', 'c', '-o', 'o'], ['pbs']],
      ['no --shards', ['slurm', 'profile', 'm', 'c', '-o', 'o'], ["'--shards <N>' not specified"]],
      [
        'no shards at all',
        ['slurm', '--shards', '0', 'profile', 'm', 'c', '-o', 'o'],
        ['"0" is not a number that --shards takes', 'from 1 to 1000000'],
      ],
      ['no run', ['slurm', '--shards', '2'], ["missing required argument 'run'"]],
      [
        'what is no run',
        ['parallel', '--shards', '2', 'merge', 'a', '-o', 'o'],
        ['"merge" cannot be shared out', 'profile, topk or stats'],
      ],
      [
        'a run that is told its shard',
        ['slurm', '--shards', '2', 'profile', 'm', 'c', '-o', 'o', '--shard', '0/2'],
        ['is told its shard', 'in --shard'],
      ],
      [
        'standard input',
        ['parallel', '--shards', '2', 'profile', 'm', '-', '-o', 'o'],
        ['standard input cannot be shared out', 'name files'],
      ],
      [
        'a run without an output',
        ['parallel', '--shards', '2', 'profile', 'm', 'c'],
        ['tasks must agree', 'give the run an output: -o DIR'],
      ],
      [
        'an output without a name',
        ['slurm', '--shards', '2', 'profile', 'm', 'c', '-o'],
        ["'-o, --output <DIR>' argument missing"],
      ],
      [
        'an option that no run has',
        ['slurm', '--shards', '2', 'profile', 'm', 'c', '-o', 'o', '--sbatch', '-c 4'],
        ["unknown option '--sbatch'"],
      ],
      [
        'a run whose option is wrong',
        ['parallel', '--shards', '2', 'profile', 'm', 'c', '-o', 'o', '-k', 'many'],
        ['"many" is not a number that --top takes'],
      ],
      [
        'no image',
        ['kubernetes', '--shards', '2', 'profile', 'm', 'c', '-o', 'o'],
        ["'--image <IMAGE>' not specified"],
      ],
    ])('refuses %s (2)', (_, args, says) => {
      const { code, stdout, stderr } = neuroprobe(['cluster', ...args], { cwd: folder });
      for (const words of says) expect(stderr).toContain(words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    });
  });
});

interface Job {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    podFailurePolicy: { rules: unknown[] };
    template: {
      spec: {
        containers: { command: string[]; volumeMounts: unknown[] }[];
        volumes: unknown[];
      };
    };
  };
}

/** Any text that can be a word of a command line: halves of surrogate pairs and NUL cannot. */
const anyWord = fc
  .oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'{}$()\'"\\ \n-1x=') }))
  .map((text) => text.replace(/[\0\p{Surrogate}]/gu, ''));

/**
 * A word as Kubernetes hands it to a container:
 * https://github.com/kubernetes/kubernetes/blob/v1.33.0/third_party/forked/golang/expansion/expand.go
 */
function expanded(word: string): string {
  return word.replace(/\$(\$|\(([^)]*)\))/g, (_, what: string, name: string) =>
    what === '$' ? '$' : `value of ${name}`,
  );
}
