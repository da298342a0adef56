/** The formula of src/profile/selectivity.ts in words. */
export const SELECTIVITY =
  'Selectivity: excess kurtosis × exp(−(10/c)²), where c = tokens / (excess kurtosis + 3) is the number of ' +
  'tokens that in effect carry the neuron’s variance: high where few tokens make it fire, but more than a ' +
  'handful; dead and broken neurons and those with their long tail on the negative side are left out.';
