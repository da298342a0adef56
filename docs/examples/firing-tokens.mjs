/*
 * Walks over all top examples of a profile, a record batch at a time, and prints the tokens that the most neurons of
 * each layer fire on.
 *
 *     node docs/examples/firing-tokens.mjs demo.profile
 */
import { formatLayer, openProfile } from 'neuroprobe';

const profile = await openProfile(process.argv[2]);

/** Of each layer, in how many neurons' top examples a token fires. */
const layers = new Map();
for (const { group, layer, neuron } of profile.neurons()) {
  const name = formatLayer(group, layer);
  if (!layers.has(name)) layers.set(name, new Map());
  const counts = layers.get(name);
  const tokens = profile.examplesOf({ group, layer, neuron }, 'top').map(({ token }) => token);
  for (const token of new Set(tokens)) counts.set(token, (counts.get(token) ?? 0) + 1);
}
for (const [name, counts] of layers) {
  const most = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 5);
  console.log(`${name}  ${most.map(([token, neurons]) => `${JSON.stringify(token)} ${neurons}`).join('  ')}`);
}
