import path from 'node:path';
import { expect, test } from 'vitest';
import { chooseFrom } from '../../src/model/choose-and-build.js';
import { allSites } from '../../src/model/choose-sites.js';
import { openModel } from '../../src/model/open-model.js';
import { fixture } from '../support/fixtures.js';
import { describeWithShared, shared } from '../support/shared.js';

const model = openModel(path.join(fixture('llama-shakespeare'), 'model.onnx'));
const all = chooseFrom(model, allSites()).selected;

test('down projections named by a pattern are the sites that the search finds, under their numbers', () => {
  const choice = { ...allSites(), downProjection: 'layers\\.(1|3)/mlp/down_proj' };
  expect(chooseFrom(model, choice).selected).toEqual([all[1], all[3]]);
  expect(chooseFrom(model, choice).notices).toEqual([
    'the graph has 5 FFNs and 2 are named: only L1, L3 are profiled',
  ]);
});

test('a projection that is no FFN’s can be named, too: what enters it is read', () => {
  const choice = { ...allSites(), downProjection: 'layers\\.(\\d+)/self_attn/o_proj' };
  const { selected } = chooseFrom(model, choice);
  expect(selected.map(({ layer, dModel, dMlp }) => [layer, dModel, dMlp])).toEqual(
    [0, 1, 2, 3, 4].map((layer) => [layer, 96, 96]),
  );
  expect(() => chooseFrom(model, { ...choice, tap: 'pre' })).toThrow(/has no tap "pre"/);
});

test('tensors are read under their places, as wide as what reads them', () => {
  const tensors = [all[4]!.tensor, all[0]!.tensor];
  const { selected } = chooseFrom(model, { ...allSites(), tensors });
  expect(selected.map(({ layer, tensor, dMlp }) => [layer, tensor, dMlp])).toEqual([
    [0, tensors[0], 260],
    [1, tensors[1], 260],
  ]);
});

test('what is not there is refused, and with what is', () => {
  const named = (choice: object) => () => chooseFrom(model, { ...allSites(), ...choice });
  expect(named({ tensors: ['absent'] })).toThrow(/makes no tensor "absent"/);
  expect(named({ downProjection: 'absent' })).toThrow(/no projection's name matches absent[^]*layers\.0/);
});

describeWithShared('in graphs of other shapes', ['graphs/manifest.jsonl'], () => {
  const open = (file: string) => openModel(shared('graphs', file));

  test('what is quantised at run time is read before it is', () => {
    const quantised = open('bert-int8-dynamic.onnx');
    const choice = { ...allSites(), downProjection: 'layer\\.(\\d+)/attention/output/dense' };
    const { selected, view } = chooseFrom(quantised, choice);
    expect(selected).toHaveLength(2);
    for (const { tensor } of selected) {
      expect(view.producer(tensor)!.opType).not.toBe('DynamicQuantizeLinear');
      expect(tensor).not.toContain('quantized');
      const [same] = chooseFrom(quantised, { ...allSites(), tensors: [tensor] }).selected;
      expect(same!.tensor).toBe(tensor);
    }
  });

  test('tensors of an encoder and a decoder keep their groups', () => {
    const t5 = open('t5-legacy-14.onnx');
    const found = chooseFrom(t5, allSites()).selected;
    const tensors = [found[0]!, found[2]!, found[3]!].map(({ tensor }) => tensor);
    const { selected } = chooseFrom(t5, { ...allSites(), tensors });
    expect(selected.map(({ group, layer }) => [group, layer])).toEqual([
      ['encoder', 0],
      ['decoder', 0],
      ['decoder', 1],
    ]);
  });
});
