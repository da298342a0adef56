const MEGABYTE = 2 ** 20; // Slurm counts in these

/** Cores that Slurm grants the task (sbatch(1)); Infinity where it says nothing. */
export function slurmCores(): number {
  const cores = Number(process.env['SLURM_CPUS_PER_TASK']);
  return cores >= 1 ? cores : Infinity;
}

/** Bytes that Slurm grants the task on this node; Infinity where it says nothing. */
export function slurmMemory(): number {
  const { SLURM_MEM_PER_NODE: node, SLURM_MEM_PER_CPU: core } = process.env;
  if (Number(node) > 0) return Number(node) * MEGABYTE;
  const cores = slurmCores();
  if (Number(core) > 0) return Number(core) * (cores === Infinity ? 1 : cores) * MEGABYTE;
  return Infinity;
}
