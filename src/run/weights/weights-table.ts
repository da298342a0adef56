import type { TABLES } from '../../profile/format.js';
import type { ColumnValues, Texts } from '../../profile/write/column-data.js';
import type { RowTable } from '../../profile/write/row-file.js';
import { TokenTexts } from '../../profile/write/texts.js';
import type { Effects } from './extremes.js';
import type { NeuronWeights } from './read-weights.js';

const MOST_ROWS = 4096;

/** weights.arrow. @param groups of the model's layers, each once */
export function weightsTable(
  groups: readonly string[],
  tokenOf: ((id: number) => string | null) | null,
): RowTable<'weights', NeuronWeights> {
  const tokens = tokenOf === null ? null : new TokenTexts(tokenOf);
  return {
    table: 'weights',
    names: { group: groups },
    columnsOf: (rows) => columnsOf(rows, groups, tokens),
    mostRows: MOST_ROWS,
  };
}

function columnsOf(
  rows: readonly NeuronWeights[],
  groups: readonly string[],
  tokens: TokenTexts | null,
): ColumnValues<(typeof TABLES)['weights']> {
  const figure = (of: (row: NeuronWeights) => number) => Float64Array.from(rows, of);
  const raises = lists(
    rows.map((row) => row.raises),
    tokens,
  );
  const lowers = lists(
    rows.map((row) => row.lowers),
    tokens,
  );
  return {
    group: Int32Array.from(rows, ({ group }) => groups.indexOf(group)),
    layer: Int32Array.from(rows, ({ layer }) => layer),
    neuron: Int32Array.from(rows, ({ neuron }) => neuron),
    input_norm: figure((row) => row.inputNorm),
    gate_norm: figure((row) => row.gateNorm),
    output_norm: figure((row) => row.outputNorm),
    cos_input_output: figure((row) => row.cosInputOutput),
    cos_gate_input: figure((row) => row.cosGateInput),
    cos_gate_output: figure((row) => row.cosGateOutput),
    raises_ids: raises.ids,
    raises_tokens: raises.tokens,
    raises_by: raises.by,
    lowers_ids: lowers.ids,
    lowers_tokens: lowers.tokens,
    lowers_by: lowers.by,
  };
}

function lists(effects: readonly (Effects | null)[], tokens: TokenTexts | null) {
  const offsets = new Int32Array(effects.length + 1);
  effects.forEach((effect, i) => (offsets[i + 1] = offsets[i]! + (effect?.ids.length ?? 0)));
  const ids = new Int32Array(offsets[effects.length]!);
  const by = new Float32Array(ids.length);
  effects.forEach((effect, i) => {
    if (effect === null) return;
    ids.set(effect.ids, offsets[i]);
    by.set(effect.by, offsets[i]);
  });
  const texts: Texts | null = tokens === null ? null : tokens.of(ids);
  return {
    ids: { offsets, items: ids },
    by: { offsets, items: by },
    tokens: texts === null ? null : { offsets, items: texts },
  };
}
