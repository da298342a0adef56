#!/usr/bin/env bash
# Stands in for Slurm's sbatch where README.md is run: does the script on stdin at once, once a task of its array, and
# prints the job's number. test/slurm runs the same on a real Slurm.
set -euo pipefail
counter=$(dirname "$0")/jobs
job=$(($(cat "$counter" 2>/dev/null || echo 1000) + 1))
echo "$job" >"$counter"
script=$(mktemp)
trap 'rm "$script"' EXIT
cat >"$script"
tasks=
for word in "$@"; do
  case $word in --array=*) tasks=${word#--array=} ;; esac
done
if [ -z "$tasks" ]; then
  bash "$script" >"slurm-$job.out" 2>&1 || true
else
  for task in $(seq "${tasks%-*}" "${tasks#*-}"); do
    SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$task bash "$script" >"slurm-${job}_$task.out" 2>&1 || true
  done
fi
echo "$job"
