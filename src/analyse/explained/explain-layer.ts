import { EXPLAIN_KINDS, type ExplainKind } from '../../accumulate/explain-kinds.js';
import type { Explained } from '../../accumulate/explained.js';
import type { LayerFigures } from '../../accumulate/types.js';
import { CARRIERS, EXPLAINED_BY, type ExplainedLayer } from '../../profile/explained.js';
import { FEW, nameNeuron, type Evidence } from './name-neuron.js';
import { varianceExplained, type VarianceExplained } from './variance-explained.js';

/** What positions and tokens explain of a layer's neurons. @param figures of the same layer */
export function explainLayer(explained: Explained, figures: LayerFigures): ExplainedLayer {
  const kinds: VarianceExplained[] = [];
  for (const kind of EXPLAIN_KINDS) {
    const sums = explained[kind];
    if (sums !== undefined) kinds.push(varianceExplained(kind, sums, figures));
  }
  const evidence = (kind: ExplainKind, j: number): Evidence | null => {
    const found = kinds.find((each) => each.kind === kind);
    return found === undefined || Number.isNaN(found.epsilon2[j])
      ? null
      : { epsilon2: found.epsilon2[j]!, chance: found.chance[j]!, few: shareOfFew(found, j) };
  };
  const explainedBy = Int32Array.from(figures.neuron, (_, j) => {
    const name = nameNeuron(evidence('token', j), evidence('previous', j), evidence('position', j));
    return EXPLAINED_BY.indexOf(name);
  });
  return { kinds, explainedBy };
}

function shareOfFew({ carriers: { share, held } }: VarianceExplained, j: number): number {
  const first = j * CARRIERS;
  return share.subarray(first, first + Math.min(FEW, held[j]!)).reduce((sum, each) => sum + each, 0);
}
