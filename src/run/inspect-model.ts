import { UserError } from '../core/errors.js';
import { allSites, type SiteChoice } from '../model/choose-sites.js';
import { chooseFrom, exposeChosen, type ChosenModel } from '../model/choose-and-build.js';
import { describeSite } from '../model/describe-site.js';
import { exposeToRun, inputsOf } from '../model/expose.js';
import { kindsOf } from '../model/feeds.js';
import { locateModel } from '../model/locate-model.js';
import { openModel } from '../model/open-model.js';
import { countParameters } from '../model/parameters.js';
import { sessionBytes } from '../model/session-bytes.js';
import type { Site } from '../model/types.js';
import type { Inspection } from '../report/inspection.js';
import { predictMemory } from './memory.js';
import { DEFAULTS } from './defaults.js';
import { accumulatorSettings } from './settings.js';

/**
 * What a run of these options would tap.
 * @throws UserError where the model has no FFN, or none of those asked for
 */
export function inspectModel(
  given: string,
  choice: Partial<SiteChoice> = {},
): { inspection: Inspection; notices: string[] } {
  const located = locateModel(given);
  const model = openModel(located.onnxPath);
  const chosen = chooseFrom(model, { ...allSites(), ...choice });
  const { view, sites } = chosen;
  const { pruned, weights } = exposeChosen(chosen, { keepOutputs: false });
  const needed = new Map(kindsOf(view, pruned.inputs).map(({ input, kind }) => [input.name, kind]));
  const selected = new Set(chosen.selected.map(key));
  const width = chosen.selected.reduce((sum, { dMlp }) => sum + dMlp, 0);
  const inspection: Inspection = {
    model: located.onnxPath,
    ir_version: model.irVersion,
    opset: model.opsets,
    producer: model.producer,
    inputs: inputsOf(view).map(({ name, type, shape }) => ({
      name,
      type,
      shape,
      fed: needed.get(name) != null,
      needed: needed.has(name),
    })),
    sites: sites.map((site) => ({
      ...describeSite(site),
      tap: site.tap,
      tensor: site.tensor,
      nodes: site.nodes,
      selected: selected.has(key(site)),
    })),
    parameters: countParameters(view),
    pruned: { nodes: pruned.nodes.length, nodes_in_model: view.graph.nodes.length },
    memory: predictMemory(accumulatorSettings(DEFAULTS), {
      pending: 0, // no labels by default
      neurons: width,
      width,
      rows: DEFAULTS.batchTokens,
      weights: sessionBytes(weights),
    }),
  };
  const notices = [located.notice, ...chosen.notices, whyNotRun(chosen)];
  return { inspection, notices: notices.filter((notice) => notice !== null) };
}

/** Why the model cannot be profiled, though its FFNs can be listed; null where it can. */
function whyNotRun(chosen: ChosenModel): string | null {
  try {
    exposeToRun(chosen);
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `this model can be listed and exposed, not profiled: ${error.trouble.what}`;
  }
}

function key({ group, layer }: Site): string {
  return `${group}:${layer}`;
}
