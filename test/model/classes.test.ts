import { expect, test } from 'vitest';
import { searchSites } from '../../src/model/find-sites.js';
import type { Site, Tap } from '../../src/model/types.js';
import { viewGraph } from '../../src/onnx/graph-view.js';
import { GraphBuilder } from '../support/graph-builder.js';

const D = 16;
const MLP = 40;
const LAYERS = 2;

type Block = (g: GraphBuilder, x: string) => string;

/** A stack of attention and `block`, each added to the stream by itself. */
function stack(block: Block): { sites: (tap?: Tap) => Site[] } {
  const g = new GraphBuilder();
  let x = g.embed(50, D);
  for (let layer = 0; layer < LAYERS; layer++) {
    x = g.add(x, g.attention(g.rmsNorm(x, D), D));
    x = block(g, x);
  }
  const view = viewGraph(g.open(g.linear(g.rmsNorm(x, D), D, 50)));
  return { sites: (tap = 'post') => searchSites(view, tap) };
}

function shape({ dModel, dMlp, activation, gated }: Site) {
  return [dModel, dMlp, activation, gated];
}

const plain: Block = (g, x) => {
  const h = g.op('Relu', [g.linear(g.rmsNorm(x, D), D, MLP)]);
  return g.add(x, g.linear(h, MLP, D));
};

/** Each class of FFN that breaks a naive search, and what is to be found of it. */
const CLASSES: [what: string, block: Block, layers: number, activation: string, gated: boolean][] = [
  ['a plain FFN', plain, 2, 'relu', false],
  [
    'a norm over d_mlp within the FFN (sub-LN, BitNet)',
    (g, x) => {
      const n = g.rmsNorm(x, D);
      const h = g.mul(g.silu(g.linear(n, D, MLP)), g.linear(n, D, MLP));
      return g.add(x, g.linear(g.rmsNorm(h, MLP), MLP, D));
    },
    2,
    'silu',
    true,
  ],
  [
    'a norm over d_mlp behind relu²',
    (g, x) => {
      const relu = g.op('Relu', [g.linear(g.rmsNorm(x, D), D, MLP)]);
      const norm = g.op('LayerNormalization', [g.mul(relu, relu), g.weight(MLP)], { axis: -1 });
      return g.add(x, g.linear(norm, MLP, D));
    },
    2,
    'relu2',
    false,
  ],
  [
    'quantisers of its own before each projection (BitLinear)',
    (g, x) => {
      const bit = (value: string, width: number) => {
        const n = g.rmsNorm(value, width);
        const most = g.op('ReduceMax', [g.op('Abs', [n]), g.ints(-1)]);
        const scale = g.op('Div', [g.scalar(127), most]);
        const rounded = g.op('Round', [g.mul(n, scale)]);
        return g.op('Div', [g.op('Clip', [rounded, g.scalar(-128), g.scalar(127)]), scale]);
      };
      const gate = g.linear(bit(x, D), D, MLP);
      const up = g.linear(bit(x, D), D, MLP);
      return g.add(x, g.linear(bit(g.mul(g.silu(gate), up), MLP), MLP, D));
    },
    2,
    'silu',
    true,
  ],
  [
    'LoRA beside every projection',
    (g, x) => {
      const lora = (value: string, from: number, to: number) => {
        const low = g.linear(g.linear(value, from, 4), 4, to);
        return g.add(g.linear(value, from, to), g.mul(low, g.scalar(0.5)));
      };
      const n = g.rmsNorm(x, D);
      const h = g.mul(g.silu(lora(n, D, MLP)), lora(n, D, MLP));
      return g.add(x, lora(h, MLP, D));
    },
    2,
    'silu',
    true,
  ],
  [
    'an adapter behind the FFN',
    (g, x) => {
      const out = g.linear(g.op('Relu', [g.linear(g.rmsNorm(x, D), D, MLP)]), MLP, D);
      const adapter = g.linear(g.op('Relu', [g.linear(out, D, 4)]), 4, D);
      return g.add(x, g.add(out, adapter));
    },
    2,
    'relu',
    false,
  ],
  [
    'an adapter beside the FFN',
    (g, x) => {
      const n = g.rmsNorm(x, D);
      const out = g.linear(g.op('Relu', [g.linear(n, D, MLP)]), MLP, D);
      const adapter = g.linear(g.op('Relu', [g.linear(n, D, 4)]), 4, D);
      return g.add(g.add(x, out), adapter);
    },
    2,
    'relu',
    false,
  ],
  ['stacked FFNs in one block (MobileBERT)', (g, x) => plain(g, plain(g, x)), 4, 'relu', false],
  [
    'half-step FFNs around a convolution module (Conformer)',
    (g, x) => {
      const half = (y: string) => {
        const h = g.silu(g.linear(g.rmsNorm(y, D), D, MLP));
        return g.add(y, g.mul(g.linear(h, MLP, D), g.scalar(0.5)));
      };
      const module = (y: string) => {
        const wide = g.linear(g.rmsNorm(y, D), D, 2 * D);
        const [a, b] = g.ops('Split', [wide], 2, { axis: -1, num_outputs: 2 }) as [string, string];
        const turned = g.op('Transpose', [g.mul(a, g.op('Sigmoid', [b]))]);
        const conv = g.op('Conv', [turned, g.weight(D, 1, 3)], { group: D });
        return g.add(y, g.linear(g.silu(g.op('Transpose', [conv])), D, D));
      };
      return half(module(half(x)));
    },
    4,
    'silu',
    false,
  ],
  [
    'channel mixing whose output is gated afterwards (RWKV)',
    (g, x) => {
      const n = g.rmsNorm(x, D);
      const k = g.mul(n, g.weight(D));
      const r = g.mul(n, g.weight(D));
      const relu = g.op('Relu', [g.linear(k, D, MLP)]);
      const value = g.linear(g.mul(relu, relu), MLP, D);
      return g.add(x, g.mul(g.op('Sigmoid', [g.linear(r, D, D)]), value));
    },
    2,
    'relu2',
    false,
  ],
  [
    'an activation of ten operators (xIELU)',
    (g, x) => {
      const h = g.linear(g.rmsNorm(x, D), D, MLP);
      const alphaP = g.op('Softplus', [g.weight(1)]);
      const alphaN = g.add(g.op('Softplus', [g.weight(1)]), g.scalar(0.5));
      const positive = g.add(g.mul(alphaP, g.mul(h, h)), g.mul(h, g.scalar(0.5)));
      const small = g.op('Min', [h, g.scalar(-1e-6)]);
      const expm1 = g.op('Sub', [g.op('Exp', [small]), g.scalar(1)]);
      const negative = g.add(g.mul(g.op('Sub', [expm1, h]), alphaN), g.mul(h, g.scalar(0.5)));
      const act = g.op('Where', [g.op('Greater', [h, g.scalar(0)]), positive, negative]);
      return g.add(x, g.linear(act, MLP, D));
    },
    2,
    'unknown',
    false,
  ],
  [
    'a fused gate and up, cut by Slice with steps of two',
    (g, x) => {
      const both = g.linear(g.rmsNorm(x, D), D, 2 * MLP);
      const part = (start: number) =>
        g.op('Slice', [both, g.ints(start), g.ints(2 ** 31), g.ints(-1), g.ints(2)]);
      return g.add(x, g.linear(g.mul(g.silu(part(0)), part(1)), MLP, D));
    },
    2,
    'silu',
    true,
  ],
  [
    'a norm behind the FFN, before the residual (Gemma 2, OLMo 2)',
    (g, x) => {
      const n = g.rmsNorm(x, D);
      const h = g.mul(g.op('Gelu', [g.linear(n, D, MLP)]), g.linear(n, D, MLP));
      return g.add(x, g.rmsNorm(g.linear(h, MLP, D), D));
    },
    2,
    'gelu',
    true,
  ],
  [
    'a scaled residual (Granite, LayerScale)',
    (g, x) => {
      const h = g.op('Gelu', [g.linear(g.rmsNorm(x, D), D, MLP)]);
      return g.add(x, g.mul(g.linear(h, MLP, D), g.weight(D)));
    },
    2,
    'gelu',
    false,
  ],
  [
    'weights of low rank (factorised)',
    (g, x) => {
      const h = g.op('Relu', [g.linear(g.linear(g.rmsNorm(x, D), D, 4), 4, MLP)]);
      return g.add(x, g.linear(h, MLP, D));
    },
    2,
    'relu',
    false,
  ],
  [
    'a down projection of low rank',
    (g, x) => {
      const h = g.op('Relu', [g.linear(g.rmsNorm(x, D), D, MLP)]);
      return g.add(x, g.linear(g.linear(h, MLP, 6), 6, D));
    },
    2,
    'relu',
    false,
  ],
  [
    'a residual that a Gemm adds itself',
    (g, x) => {
      const h = g.op('Relu', [g.linear(g.rmsNorm(x, D), D, MLP)]);
      return g.op('Gemm', [h, g.weight(MLP, D), x]);
    },
    2,
    'relu',
    false,
  ],
  [
    'weights that the graph computes from constants',
    (g, x) => {
      const weight = (from: number, to: number) => g.mul(g.weight(from, to), g.weight(1, to));
      const h = g.op('Relu', [g.op('MatMul', [g.rmsNorm(x, D), weight(D, MLP)])]);
      return g.add(x, g.op('MatMul', [h, weight(MLP, D)]));
    },
    2,
    'relu',
    false,
  ],
];

test.each(CLASSES)('%s is found', (_, block, layers, activation, gated) => {
  const sites = stack(block).sites();
  expect(sites.map(shape)).toEqual(Array.from({ length: layers }, () => [D, MLP, activation, gated]));
  expect(sites.map(({ layer }) => layer)).toEqual(sites.map((_site, i) => i));
});

test('the tap before the activation function stands behind the low-rank pair', () => {
  const sums: string[] = [];
  const block: Block = (g, x) => {
    const n = g.rmsNorm(x, D);
    const low = g.linear(g.linear(n, D, 4), 4, MLP);
    const sum = g.add(g.linear(n, D, MLP), low);
    sums.push(sum);
    return g.add(x, g.linear(g.op('Relu', [sum]), MLP, D));
  };
  expect(
    stack(block)
      .sites('pre')
      .map(({ tensor }) => tensor),
  ).toEqual(sums);
});

test('a tap before the activation function stands behind every scale, norm and low-rank pair', () => {
  const entered: string[] = [];
  const enter = (tensor: string) => (entered.push(tensor), tensor);
  const blocks: Block[] = [
    (g, n) => g.op('Gelu', [enter(g.op('Div', [g.linear(n, D, MLP), g.scalar(8)]))]),
    (g, n) => g.silu(enter(g.mul(g.linear(n, D, MLP), g.weight(MLP)))),
    (g, n) => {
      const low = g.mul(g.linear(g.linear(n, D, 4), 4, MLP), g.scalar(2));
      return g.op('Relu', [enter(g.add(g.linear(n, D, MLP), low))]);
    },
    (g, n) =>
      g.op('Gelu', [enter(g.op('LayerNormalization', [g.linear(n, D, MLP), g.weight(MLP)], { axis: -1 }))]),
    (g, n) => g.mul(g.linear(n, D, MLP), g.silu(enter(g.mul(g.linear(n, D, MLP), g.scalar(0.37))))),
  ];
  for (const act of blocks) {
    entered.length = 0;
    const { sites } = stack((g, x) => g.add(x, g.linear(act(g, g.rmsNorm(x, D)), MLP, D)));
    expect(sites('pre').map(({ tensor }) => tensor)).toEqual(entered);
  }
});

test('a Clip against overflow on the other factor does not make it the gate', () => {
  const factors: { act: string; up: string }[] = [];
  const { sites } = stack((g, x) => {
    const n = g.rmsNorm(x, D);
    const act = g.silu(g.linear(n, D, MLP));
    const up = g.op('Clip', [g.linear(n, D, MLP), g.scalar(-65504), g.scalar(65504)]);
    factors.push({ act, up });
    return g.add(x, g.linear(g.mul(up, act), MLP, D));
  });
  expect(sites('act').map(({ tensor, activation }) => [tensor, activation])).toEqual(
    factors.map(({ act }) => [act, 'silu']),
  );
  expect(sites('up').map(({ tensor }) => tensor)).toEqual(factors.map(({ up }) => up));
});

test('layers narrower than the stream are layers, unless they stand beside or behind a wider one', () => {
  const widths = [8, 12, 40];
  let layer = 0;
  const g = new GraphBuilder();
  let x = g.embed(50, D);
  for (const width of widths) {
    x = g.add(x, g.attention(g.rmsNorm(x, D), D));
    const n = g.rmsNorm(x, D);
    x = g.add(x, g.linear(g.mul(g.silu(g.linear(n, D, width)), g.linear(n, D, width)), width, D));
    layer++;
  }
  const sites = searchSites(viewGraph(g.open(g.linear(x, D, 50))), 'post');
  expect(sites.map(({ dMlp }) => dMlp)).toEqual(widths);
  expect(layer).toBe(3);
});

test('low-rank pairs beside a fused gate and up, in some layers only, lose no layer', () => {
  let layer = 0;
  const { sites } = stack((g, x) => {
    const n = g.rmsNorm(x, D);
    const base = g.linear(n, D, 2 * MLP);
    const low = g.mul(g.linear(g.linear(n, D, 4), 4, 2 * MLP), g.scalar(2));
    const both = layer++ === 1 ? g.add(base, low) : base;
    const [a, b] = g.ops('Split', [both], 2, { axis: -1, num_outputs: 2 }) as [string, string];
    return g.add(x, g.linear(g.mul(g.silu(a), b), MLP, D));
  });
  expect(sites().map(shape)).toEqual([1, 2].map(() => [D, MLP, 'silu', true]));
});

/** What is no FFN, however much it looks like one. */
test.each<[string, Block]>([
  ['attention alone', (_, x) => x],
  [
    'squeeze and excite',
    (g, x) => {
      const squeezed = g.op('ReduceMean', [x, g.ints(1)]);
      const gate = g.op('Sigmoid', [g.linear(g.op('Relu', [g.linear(squeezed, D, 4)]), 4, D)]);
      return g.mul(x, gate);
    },
  ],
  [
    'an inverted residual',
    (g, x) => {
      const wide = g.op('Relu', [g.op('Conv', [x, g.weight(MLP, D, 1)])]);
      const deep = g.op('Relu', [g.op('Conv', [wide, g.weight(MLP, 1, 3)], { group: MLP })]);
      return g.add(x, g.op('Conv', [deep, g.weight(D, MLP, 1)]));
    },
  ],
  [
    'a gate of hard sigmoid',
    (g, x) => {
      const out = g.linear(g.op('Relu', [g.linear(x, D, MLP)]), MLP, D);
      return g.add(x, g.mul(x, g.op('Clip', [out, g.scalar(0), g.scalar(1)])));
    },
  ],
  ['a projection without an activation function', (g, x) => g.add(x, g.linear(g.linear(x, D, MLP), MLP, D))],
  ['a head that nothing is added to', (g, x) => g.linear(g.op('Relu', [g.linear(x, D, MLP)]), MLP, D)],
])('%s is no FFN', (_, block) => {
  expect(stack(block).sites()).toEqual([]);
});

test('a mixture of experts that is written as a loop is refused, and with that reason', () => {
  const routed: Block = (g, x) => {
    const n = g.rmsNorm(x, D);
    const scores = g.op('Softmax', [g.linear(n, D, 2)]);
    const [weights] = g.ops('TopK', [scores, g.ints(1)], 2) as [string, string];
    const experts = [0, 1].map((expert) => {
      const out = g.linear(g.silu(g.linear(n, D, MLP)), MLP, D);
      return g.mul(out, g.op('Gather', [weights, g.ints(expert)], { axis: -1 }));
    }) as [string, string];
    return g.add(x, g.add(...experts));
  };
  expect(() => stack(routed).sites()).toThrow(/mixture of experts/);
  // A dense layer beside it (as DeepSeek's first) changes nothing: its neurons alone would be half a truth.
  expect(() => stack((g, x) => routed(g, plain(g, x))).sites()).toThrow(/mixture of experts/);
});

test('experts that are all run and weighted by a Softmax are a mixture, too', () => {
  const weighted: Block = (g, x) => {
    const n = g.rmsNorm(x, D);
    const scores = g.op('Softmax', [g.linear(n, D, 2)]);
    const experts = [0, 1].map((expert) =>
      g.mul(
        g.linear(g.silu(g.linear(n, D, MLP)), MLP, D),
        g.op('Gather', [scores, g.ints(expert)], { axis: -1 }),
      ),
    ) as [string, string];
    return g.add(x, g.add(...experts));
  };
  expect(() => stack(weighted).sites()).toThrow(/mixture of experts/);
});

test('layers inside a local function that is not inlined are not passed over in silence', () => {
  const g = new GraphBuilder();
  const x = g.embed(50, D);
  const model = g.open(plain(g, x));
  const [call] = model.graph.nodes;
  const body = model.graph.nodes.filter(({ opType }) => opType === 'MatMul');
  const info = { name: 'Ffn', domain: 'local', inputs: [], outputs: [], attributes: [], nodes: body };
  const functions = [{ ...info, defaults: new Map(), opsets: [], message: { start: 0, end: 0 } }];
  const nodes = [...model.graph.nodes, { ...call!, opType: 'Ffn', domain: 'local', outputs: ['hidden'] }];
  const view = viewGraph({ ...model, functions, graph: { ...model.graph, nodes } });
  expect(() => searchSites(view, 'post')).toThrow(/inside the local function Ffn/);
});
