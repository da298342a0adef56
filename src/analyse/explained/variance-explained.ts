import { LARGEST, MEAN_ERROR, sortedClasses, sumOf, type ClassSums } from '../../accumulate/class-sums.js';
import type { ExplainKind } from '../../accumulate/explain-kinds.js';
import type { LayerFigures } from '../../accumulate/types.js';
import { CARRIERS, type Carriers, type KindFigures } from '../../profile/explained.js';
import { FEWEST_VALUES } from './name-neuron.js';

/** Largest error that may be left in η² before it is withheld. */
export const PRECISION = 1e-6;

/**
 * What rounding leaves in the sums of a batch of 2^10 tokens, relative to 1 + mean²/variance: Σx and Σx² are off by at
 * most 2^10 · 2^−53 of Σ|x| and Σx², which enter the total three times and what lies between classes twice.
 */
const ROUNDING = 5 * 2 ** (10 - 53);

type A = Float64Array;

export interface VarianceExplained extends KindFigures {
  /** Standard error of ε², were the classes dealt out at random; infinite where too few values make up the variance. */
  chance: Float64Array;
}

/**
 * η² = Σ n_c (m_c − m)² / Σ (x − m)² of each neuron over classes c (Pearson's correlation ratio), and
 * ε² = 1 − (1 − η²)(n − 1)/(n − C), which is 0 on average where the C classes say nothing (Kelley, "An unbiased
 * correlation ratio measure", PNAS 21, 1935).
 *
 * The m_c are sums in units of 2^−40, so off by half a unit at most, and η² by the unit over the standard deviation.
 */
export function varianceExplained(
  kind: ExplainKind,
  sums: ClassSums,
  figures: LayerFigures,
): VarianceExplained {
  const neurons = figures.neuron.length;
  const between = new Float64Array(neurons);
  const carriers = emptyCarriers(neurons);
  let inverse = 0; // Σ 1/n_c
  for (const ofClass of sortedClasses(sums)) {
    const { count } = ofClass;
    inverse += 1 / count;
    for (let j = 0; j < neurons; j++) {
      const mean = sumOf(ofClass, j) / count;
      const carried = count * (mean - figures.mean[j]!) ** 2;
      between[j]! += carried;
      if (carried > 0) keepCarrier(carriers, j, ofClass.class, count, mean, carried);
    }
  }
  const n = figures.count;
  const classes = sums.counts.length;
  const [eta2, epsilon2, chance] = [0, 0, 0].map(() => new Float64Array(neurons)) as [A, A, A];
  for (let j = 0; j < neurons; j++) {
    eta2[j] = isKnown(figures, j) ? Math.min(1, between[j]! / (figures.variance[j]! * n)) : NaN;
    epsilon2[j] = n > classes ? 1 - ((1 - eta2[j]!) * (n - 1)) / (n - classes) : NaN;
    if (Number.isNaN(eta2[j]) || classes === 1) carriers.held[j] = 0; // of one class nothing lies between
    chance[j] = standardError(n, classes, inverse, figures.kurtosis[j]!);
    for (let i = j * CARRIERS; i < j * CARRIERS + carriers.held[j]!; i++) carriers.share[i]! /= between[j]!;
  }
  return { kind, eta2, epsilon2, chance, carriers };
}

/**
 * Of ε², were n values dealt out at random to C classes. η² is Σ x²/n_c over Σ x², and products of two values. The
 * products give what they give normal values, whose 1 − η² is of a Beta distribution: 2(C − 1)/((n − C)(n + 1)) in ε².
 * The squares give the variance of 1/n_c over tokens, over the number of values that the squares weigh as much as,
 * (Σ x²)²/Σ x⁴ = n/(kurtosis + 3): one outlier that is alone in its class would be explained to the full.
 * @param inverse Σ 1/n_c
 * @param kurtosis excess
 */
function standardError(n: number, classes: number, inverse: number, kurtosis: number): number {
  const values = n / (kurtosis + 3);
  if (!(values >= FEWEST_VALUES) || n <= classes) return Infinity;
  const products = (2 * (classes - 1)) / ((n - classes) * (n + 1));
  const squares = Math.max(0, inverse / n - (classes / n) ** 2) / values;
  return Math.sqrt(products + squares * ((n - 1) / (n - classes)) ** 2);
}

/** Whether a neuron's figures are defined, and their error is at most PRECISION. */
function isKnown({ count, nan, inf, min, max, mean, variance }: LayerFigures, j: number): boolean {
  if (count === 0 || nan[j]! + inf[j]! > 0) return false;
  if (min.value[j] === max.value[j] || min.value[j]! <= -LARGEST || max.value[j]! >= LARGEST) return false;
  const error = (2 * MEAN_ERROR) / Math.sqrt(variance[j]!) + (1 + mean[j]! ** 2 / variance[j]!) * ROUNDING;
  return error <= PRECISION; // NaN is not
}

function emptyCarriers(neurons: number): Carriers {
  const size = neurons * CARRIERS;
  return {
    held: new Int32Array(neurons),
    class: new Int32Array(size),
    count: new Float64Array(size),
    mean: new Float64Array(size),
    share: new Float64Array(size),
  };
}

/** Keeps the CARRIERS classes that carry most, sorted; of equals the one that came first. `share` holds what they carry. */
function keepCarrier(
  { held, class: classes, count, mean, share }: Carriers,
  j: number,
  ofClass: number,
  tokens: number,
  average: number,
  carried: number,
): void {
  const first = j * CARRIERS;
  if (held[j] === CARRIERS && carried <= share[first + CARRIERS - 1]!) return; // nearly always
  if (held[j]! < CARRIERS) held[j]!++;
  let i = first + held[j]! - 1;
  for (; i > first && share[i - 1]! < carried; i--) {
    classes[i] = classes[i - 1]!;
    count[i] = count[i - 1]!;
    mean[i] = mean[i - 1]!;
    share[i] = share[i - 1]!;
  }
  classes[i] = ofClass;
  count[i] = tokens;
  mean[i] = average;
  share[i] = carried;
}
