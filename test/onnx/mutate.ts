/** A protobuf field with its value: a number, bytes, or the fields of a message. */
export interface TreeField {
  number: number;
  wire: number;
  value: bigint | Uint8Array | TreeField[];
}

type Schema = { [number: number]: () => Schema };
/** Which fields of onnx.proto are messages. */
const NONE: Schema = {};
const TENSOR: Schema = { 13: () => NONE };
const SHAPE: Schema = { 1: () => NONE };
const TENSOR_TYPE: Schema = { 2: () => SHAPE };
const TYPE: Schema = { 1: () => TENSOR_TYPE };
const VALUE: Schema = { 2: () => TYPE };
const ATTRIBUTE: Schema = { 5: () => TENSOR, 6: () => GRAPH };
const NODE: Schema = { 5: () => ATTRIBUTE };
const GRAPH: Schema = {
  1: () => NODE,
  5: () => TENSOR,
  11: () => VALUE,
  12: () => VALUE,
  13: () => VALUE,
};
const FUNCTION: Schema = { 7: () => NODE, 9: () => NONE };
const MODEL: Schema = { 7: () => GRAPH, 8: () => NONE, 25: () => FUNCTION };

export function parse(bytes: Uint8Array, schema: Schema = MODEL): TreeField[] {
  const fields: TreeField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, wire] = [tag >> 3, tag & 7];
    if (wire === 0) {
      fields.push({ number, wire, value: varint() });
      continue;
    }
    const length = wire === 2 ? Number(varint()) : wire === 5 ? 4 : 8;
    const value = bytes.subarray(at, (at += length));
    const inner = schema[number];
    fields.push({ number, wire, value: wire === 2 && inner !== undefined ? parse(value, inner()) : value });
  }
  return fields;
}

export function write(fields: readonly TreeField[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wire, value }) => {
      const tag = varintBytes((BigInt(number) << 3n) | BigInt(wire));
      if (typeof value === 'bigint') return [tag, varintBytes(value)];
      const bytes = Array.isArray(value) ? write(value) : value;
      return wire === 2 ? [tag, varintBytes(BigInt(bytes.length)), bytes] : [tag, bytes];
    }),
  );
}

function varintBytes(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Uint8Array.from(out);
}

/** mulberry32 (https://github.com/cprosche/mulberry32): numbers in [0, 1) from a seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The model of a seed: one to three things about it are wrong, in its bytes or in its fields. */
export function mutate(model: Uint8Array, seed: number): Uint8Array {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const times = 1 + Math.floor(3 * next());
  if (next() < 0.35) {
    let bytes: Buffer = Buffer.from(model);
    for (let i = 0; i < times; i++) bytes = pick(BYTE_MUTATIONS)(bytes, next);
    return bytes;
  }
  const tree = parse(model);
  for (let i = 1; i < times; i++) pick(TREE_MUTATIONS)(tree, { next, pick });
  // One that grows comes last, for what grows in a thousand copies would fill the memory of the test itself.
  pick([...TREE_MUTATIONS, ...GROWING])(tree, { next, pick });
  return write(tree);
}

const place = (bytes: Uint8Array, next: () => number) => Math.floor(next() * bytes.length);

const BYTE_MUTATIONS: ((bytes: Buffer, next: () => number) => Buffer)[] = [
  function flip(bytes, next) {
    for (let i = 0; i < 4; i++) bytes[place(bytes, next)]! ^= 1 << Math.floor(8 * next());
    return bytes;
  },
  function truncate(bytes, next) {
    return bytes.subarray(0, place(bytes, next));
  },
  function absurdLength(bytes, next) {
    const at = place(bytes, next);
    const tag = Buffer.from([0x0a, ...Array<number>(Math.floor(9 * next())).fill(0xff), 0x7f]);
    return Buffer.concat([bytes.subarray(0, at), tag, bytes.subarray(at)]);
  },
  function cutOut(bytes, next) {
    const at = place(bytes, next);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + Math.floor(64 * next()))]);
  },
  function writeOver(bytes, next) {
    const at = place(bytes, next);
    return bytes.fill(
      pick([0x00, 0xff, 0x80, 0x0a], next),
      at,
      Math.min(bytes.length, at + Math.floor(32 * next())),
    );
  },
];

function pick<T>(list: readonly T[], next: () => number): T {
  return list[Math.floor(next() * list.length)]!;
}

interface Dice {
  next: () => number;
  pick: <T>(list: readonly T[]) => T;
}

const NUMBERS = [
  0n,
  1n,
  2n,
  7n,
  21n,
  99n,
  -1n,
  2n ** 20n,
  2n ** 31n,
  2n ** 40n,
  2n ** 53n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

const TEXTS = [
  '',
  'constructor',
  '__proto__',
  'hasOwnProperty',
  'abc',
  '-1',
  '1e9',
  '99999999999999999999',
  '../../etc/passwd',
  '/etc/passwd',
  'a\0b',
  '\ufeffx',
  'If',
  'Split',
  'MatMul',
  'Gemm',
  'Conv',
  'Constant',
  'Add',
  'Identity',
  'Relu',
  'Mul',
  'Gather',
  'Transpose',
  'MatMulNBits',
  'QLinearMatMul',
  'DynamicQuantizeLinear',
  'SkipLayerNormalization',
  'x'.repeat(70_000),
];

/** Each field of a tree with the list that it stands in. */
function places(fields: TreeField[], found: [TreeField[], number][] = []): [TreeField[], number][] {
  fields.forEach(({ value }, i) => {
    found.push([fields, i]);
    if (Array.isArray(value)) places(value, found);
  });
  return found;
}

const isText = ({ wire, value }: TreeField) =>
  wire === 2 && !Array.isArray(value) && (value as Uint8Array).length < 200;

const TREE_MUTATIONS: ((tree: TreeField[], dice: Dice) => void)[] = [
  function otherNumber(tree, { pick }) {
    const [list, i] = pick(places(tree).filter(([fields, at]) => typeof fields[at]!.value === 'bigint'));
    list[i] = { ...list[i]!, value: pick(NUMBERS) };
  },
  function anothersName(tree, { pick }) {
    const texts = places(tree).filter(([fields, at]) => isText(fields[at]!));
    const [[list, i], [others, j]] = [pick(texts), pick(texts)];
    list[i] = { ...list[i]!, value: others[j]!.value };
  },
  function anotherTensor(tree, { pick }) {
    // Names of the inputs and outputs of nodes: circles, two makers, none.
    const graph = tree.find(({ number }) => number === 7)?.value;
    const nodes = (Array.isArray(graph) ? graph : []).filter(
      ({ number, value }) => number === 1 && Array.isArray(value),
    );
    const names = nodes.flatMap(({ value }) =>
      (value as TreeField[]).map((field, i) => [value as TreeField[], i, field] as const),
    );
    const ends = names.filter(([, , { number, wire }]) => number <= 2 && wire === 2);
    if (ends.length === 0) return;
    const [[list, i, field], [, , other]] = [pick(ends), pick(ends)];
    list[i] = { ...field, value: other.value };
  },
  function oddText(tree, { pick }) {
    const [list, i] = pick(places(tree).filter(([fields, at]) => isText(fields[at]!)));
    list[i] = { ...list[i]!, value: Buffer.from(pick(TEXTS)) };
  },
  function drop(tree, { pick }) {
    const [list, i] = pick(places(tree));
    if (list !== tree || list[i]!.number !== 7) list.splice(i, 1);
  },
  function twice(tree, { pick }) {
    const [list, i] = pick(places(tree));
    list.push(list[i]!);
  },
  function swap(tree, { pick, next }) {
    const [list, i] = pick(places(tree));
    const j = Math.floor(next() * list.length);
    [list[i], list[j]] = [list[j]!, list[i]!];
  },
  function move(tree, { pick }) {
    const all = places(tree);
    const [[list, i], [others]] = [pick(all), pick(all)];
    const size = Array.isArray(list[i]!.value) ? list[i]!.value.length : 0;
    // A list within itself would have no end.
    if (size === 0) others.push(list[i]!);
  },
  function otherField(tree, { pick, next }) {
    const [list, i] = pick(places(tree));
    list[i] = { ...list[i]!, number: 1 + Math.floor(26 * next()) };
  },
  function otherWireType(tree, { pick }) {
    const [list, i] = pick(places(tree));
    const { number } = list[i]!;
    list[i] = pick<TreeField>([
      { number, wire: 0, value: 5n },
      { number, wire: 1, value: Buffer.alloc(8, 0x41) },
      { number, wire: 2, value: Buffer.from('abcd') },
      { number, wire: 5, value: Buffer.alloc(4, 0x41) },
      { number, wire: 3, value: Buffer.alloc(0) },
    ]);
  },
];

const GROWING: ((tree: TreeField[], dice: Dice) => void)[] = [
  function often(tree, { pick }) {
    const [list, i] = pick(places(tree));
    const times = pick([10, 1000, 20_000]);
    if (write([list[i]!]).length * times > 4e6) return;
    list.splice(i, 0, ...Array<TreeField>(times).fill(list[i]!));
  },
  function deep(tree, { pick }) {
    const nodes = places(tree).filter(
      ([fields, at]) => Array.isArray(fields[at]!.value) && fields[at]!.number === 1,
    );
    if (nodes.length === 0) return;
    const [list, i] = pick(nodes);
    let node = list[i]!;
    for (let depth = pick([1, 3, 31, 33, 200]); depth > 0; depth--) {
      const graph: TreeField = { number: 6, wire: 2, value: [node] };
      const name: TreeField = { number: 1, wire: 2, value: Buffer.from('then_branch') };
      const op: TreeField = { number: 4, wire: 2, value: Buffer.from('If') };
      node = { number: 1, wire: 2, value: [op, { number: 5, wire: 2, value: [name, graph] }] };
    }
    list[i] = node;
  },
  function longList(tree, { pick }) {
    const nodes = places(tree).filter(([fields, at]) => Array.isArray(fields[at]!.value));
    const [list, i] = pick(nodes);
    const size = pick([100, 10_000, 2_000_000]);
    (list[i]!.value as TreeField[]).push({ number: pick([1, 7, 8]), wire: 2, value: Buffer.alloc(size, 1) });
  },
];
