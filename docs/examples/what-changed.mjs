/*
 * Compares the profiles of two checkpoints and prints a summary for a pull request.
 *
 *     node docs/examples/what-changed.mjs before.profile after.profile 'dead > +1%' 'js.p99 > 0.05'
 */
import { diffProfiles, Exit, judgeGates, openProfile, parseGate, renderMarkdown } from 'neuroprobe';

const [before, after, ...gates] = process.argv.slice(2);

const named = async (folder) => ({ folder, profile: await openProfile(folder) });
// Told of every neuron, in the order of the model: here the share of those that hardly moved.
let neurons = 0;
let still = 0;
const diff = await diffProfiles(await named(before), await named(after), {}, ({ js }) => {
  neurons++;
  if (js !== null && js < 0.001) still++;
});
const judged = judgeGates(gates.map(parseGate), diff);
console.log(renderMarkdown(diff, judged));
console.log(`${still} of ${neurons} neurons moved by less than 0.001 of Jensen–Shannon divergence.`);
if (judged.some(({ failed }) => failed)) process.exitCode = Exit.GATE;
