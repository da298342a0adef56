import { afterEach, expect, test, vi } from 'vitest';
import { slurmCores, slurmMemory } from '../../src/run/slurm.js';

afterEach(() => vi.unstubAllEnvs());

test.each([
  [{}, Infinity, Infinity],
  [{ SLURM_CPUS_PER_TASK: '4' }, 4, Infinity],
  [{ SLURM_CPUS_PER_TASK: '4', SLURM_MEM_PER_CPU: '100' }, 4, 400 * 2 ** 20],
  [{ SLURM_CPUS_PER_TASK: '4', SLURM_MEM_PER_CPU: '100', SLURM_MEM_PER_NODE: '300' }, 4, 300 * 2 ** 20],
  [{ SLURM_CPUS_PER_TASK: 'abc', SLURM_MEM_PER_CPU: '100' }, Infinity, 100 * 2 ** 20],
])('%j grants %d cores and %d bytes', (variables, cores, bytes) => {
  for (const name of ['SLURM_CPUS_PER_TASK', 'SLURM_MEM_PER_CPU', 'SLURM_MEM_PER_NODE']) vi.stubEnv(name, '');
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  expect([slurmCores(), slurmMemory()]).toEqual([cores, bytes]);
});
