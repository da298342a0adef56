import { Exit, UserError } from '../core/errors.js';
import { MOST_SECTION } from '../profile/state/state-file.js';
import { counted } from '../report/numbers.js';
import { widestSumBytes, type Explaining } from './explain-memory.js';
import type { MemoryPrediction } from './memory.js';
import { size } from './size.js';

/**
 * Refuses what could be computed and not written. Labels are left out: how many there are, only the corpus knows.
 * @throws UserError (69) where what is kept of one layer may be more than a state can hold of one
 */
export function requireWritable(memory: MemoryPrediction, explaining: Explaining): void {
  const neurons = explaining.neurons.reduce((sum, ofLayer) => sum + ofLayer, 0);
  const widest = Math.max(0, ...explaining.neurons);
  const share = neurons === 0 ? 0 : widest / neurons;
  const parts = [
    { bytes: widestSumBytes(explaining), of: '--explain', todo: 'explain by position alone' },
    { bytes: memory.match * share, of: '--examples match=N', todo: 'match by fewer positions' },
    {
      bytes: memory.examples * share,
      of: 'examples',
      todo: 'keep fewer (--top, --examples) or shorter ones (--around)',
    },
    { bytes: memory.gates * share, of: '--gate-cases', todo: 'keep shorter examples (--around)' },
    { bytes: memory.state * share, of: 'histograms', todo: 'narrow --sketch-range' },
  ];
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  if (bytes <= MOST_SECTION) return;
  const most = parts.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  throw new UserError({
    what: `what is kept of one layer of ${counted(widest, 'neuron')} may take ${size(bytes)}, most of it for ${most.of}, and a state holds at most 2 GiB of a layer`,
    where: 'this run',
    todo: `name fewer neurons at a time with --neurons, or ${most.todo}`,
    exit: Exit.MODEL,
  });
}
