#!/usr/bin/env bash
# `npm run test:slurm`: a real array job over a real model, tasks killed, requeued and submitted again, a
# dependent merge, and locks between runs; every result must be that of one run, byte for byte.
# Needs root, Slurm (apt-get install -y slurm-wlm munge) and slurm/up.sh of the shared material
# (NEUROPROBE_SHARED, or ../shared); says so and ends with 0 where one is missing.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=${NEUROPROBE_SHARED:-$root/../shared}
skip() { echo "skipped: $1"; exit 0; }
[ "$(id -u)" = 0 ] || skip "not root, and Slurm's daemons want to be"
command -v sbatch >/dev/null || skip "Slurm is not installed: apt-get install -y slurm-wlm munge"
[ -x "$shared/slurm/up.sh" ] || [ -f "$shared/slurm/up.sh" ] || skip "no $shared/slurm/up.sh"

work=$(mktemp -d)
export SLURM_TEST_DIR=$work/slurm
neuroprobe="node $root/bin/neuroprobe.js"
model=$root/fixtures/llama-shakespeare
failed=0
finish() {
  bash "$shared/slurm/up.sh" down >/dev/null 2>&1 || true
  if [ "$failed" = 0 ]; then rm -rf "$work"; else echo "left in $work"; fi
}
trap finish EXIT

passed=0
check() { # what, then a command that must succeed
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok: $what"
  else
    failed=$((failed + 1))
    echo "FAILED: $what"
  fi
}
same() { # every file but run.json
  [ "$(ls "$1")" = "$(ls "$2")" ] || return 1
  for file in "$1"/*; do
    case $file in */run.json) ;; *) cmp "$file" "$2/$(basename "$file")" || return 1 ;; esac
  done
}
wait_for() { # jobs, until none of them waits or runs
  while squeue -h -j "$1" 2>/dev/null | grep -q .; do sleep 0.5; done
}

cd "$work"
eval "$(bash "$shared/slurm/up.sh" up)"
node --input-type=module -e "
import { writeTexts } from '$root/test/bench/corpora.js';
await writeTexts('corpus.jsonl', 12000);"
run="profile $model corpus.jsonl -k 5 --around 4 --quiet --checkpoint-every 0.5 --workers 1"
$neuroprobe $run -o single >/dev/null

# 1. As `cluster slurm` prints it, one task requeued while it runs.
$neuroprobe cluster slurm --shards 6 --program "$neuroprobe" --sbatch "--output=log-%A_%a.txt" $run -o array >script.sh
submitted=$(bash script.sh)
echo "$submitted"
[[ $submitted =~ array\ ([0-9]+),\ merge\ ([0-9]+) ]]
array=${BASH_REMATCH[1]}
merge=${BASH_REMATCH[2]}
until [ -n "$(ls array.shards/shard-*.partial/*.state 2>/dev/null)" ]; do sleep 0.1; done
task=$(basename "$(dirname "$(ls array.shards/shard-*.partial/*.state | head -1)")" | sed 's/shard-\([0-9]*\)-.*/\1/')
scontrol requeue "${array}_$task"
wait_for "$array,$merge"
check "an array of 6, task $task requeued while it ran, and its merge give the bytes of one run" same array single
check "the requeued task went on where it was killed" \
  grep -q '"lives": 2' "array.shards/shard-$task-of-6/run.json"

# 2. Ids 1 to 6; number 4 is killed for good, and submitted again alone.
sharded="$neuroprobe $run -o again.shards --shard auto --shards 6 --resume"
submit() { sbatch --parsable --array="$1" --output=again-%A_%a.txt <<<"#!/usr/bin/env bash
exec $sharded"; }
array=$(submit 1-6)
until ls again.shards/shard-4-of-6.partial/*.state >/dev/null 2>&1; do sleep 0.1; done
scancel --signal=KILL "${array}_4" || scancel "${array}_4"
wait_for "$array"
check "a task that was killed leaves its checkpoint and no shard" \
  test ! -e again.shards/shard-4-of-6 -a -e again.shards/shard-4-of-6.partial
code=0
$neuroprobe merge again.shards -o again --quiet 2>missing.txt || code=$?
check "a merge without it ends with 65 and names it" test "$code" = 65 -a -n "$(grep 'shard 4 of 6 is missing' missing.txt)"
wait_for "$(submit 4)"
$neuroprobe merge again.shards -o again --quiet >/dev/null
check "submitted again alone, the id keeps its shard, and the merge is that of one run" same again single

# 3. Two runs of the same job and task at once.
export SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=0 SLURM_RESTART_COUNT=0
$neuroprobe $run -o twice >/dev/null &
first=$!
until [ -e twice.lock ]; do sleep 0.05; done
code=0
$neuroprobe $run -o twice 2>busy.txt >/dev/null || code=$?
check "a second live run of the same job and task gets 75" test "$code" = 75
wait "$first"
check "and the first one is as it would be alone" same twice single

# 4. A run that is stopped, taken over from another container, and continued.
$neuroprobe $run -o stopped >/dev/null 2>late.txt &
first=$!
until ls stopped.partial/*.state >/dev/null 2>&1; do sleep 0.05; done
kill -STOP "$first"
SLURM_RESTART_COUNT=1 unshare --pid --fork --mount-proc $neuroprobe $run -o stopped --resume >/dev/null
check "the one that took over ends as one run would" same stopped single
before=$(find . -path ./slurm -prune -o -newer stopped/manifest.json -print | sort)
kill -CONT "$first"
code=0
wait "$first" || code=$?
check "the one that was taken over ends with 75" test "$code" = 75
check "and writes nothing" same stopped single
check "and leaves nothing" test -z "$(ls -d stopped.* 2>/dev/null)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
