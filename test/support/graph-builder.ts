import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataType } from '../../src/onnx/data-types.js';
import type { ModelInfo } from '../../src/onnx/types.js';
import type { Part } from '../../src/onnx/write.js';
import {
  floatAttribute,
  inlineInitializer,
  intAttribute,
  intsAttribute,
  modelProto,
  node,
  valueInfo,
} from '../../src/onnx/write-model.js';
import { openModel } from '../../src/model/open-model.js';

/** Puts small graphs together, operator by operator; every tensor gets a name that says nothing. */
export class GraphBuilder {
  private readonly parts: Part[] = [];
  private count = 0;

  /** A node with one output. */
  op(
    opType: string,
    inputs: string[],
    attributes: Record<string, number | number[]> = {},
    domain = '',
  ): string {
    const output = `t${this.count++}`;
    const parts = Object.entries(attributes).map(([name, value]) =>
      Array.isArray(value)
        ? intsAttribute(name, value)
        : Number.isInteger(value)
          ? intAttribute(name, value)
          : floatAttribute(name, value),
    );
    this.parts.push(node(opType, '', inputs, [output], parts, domain));
    return output;
  }

  /** A node with several outputs. */
  ops(opType: string, inputs: string[], outputs: number, attributes: Record<string, number> = {}): string[] {
    const names = Array.from({ length: outputs }, () => `t${this.count++}`);
    const parts = Object.entries(attributes).map(([name, value]) => intAttribute(name, value));
    this.parts.push(node(opType, '', inputs, names, parts));
    return names;
  }

  weight(...dims: number[]): string {
    const name = `w${this.count++}`;
    const size = dims.reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length: size }, (_, i) => Math.sin(i + this.count));
    this.parts.push(inlineInitializer(name, DataType.FLOAT, dims, new Uint8Array(values.buffer)));
    return name;
  }

  scalar(value: number): string {
    const name = `c${this.count++}`;
    this.parts.push(
      inlineInitializer(name, DataType.FLOAT, [], new Uint8Array(Float32Array.of(value).buffer)),
    );
    return name;
  }

  ints(...values: number[]): string {
    const name = `i${this.count++}`;
    const data = BigInt64Array.from(values, BigInt);
    this.parts.push(inlineInitializer(name, DataType.INT64, [values.length], new Uint8Array(data.buffer)));
    return name;
  }

  /** x · W, W of [inputs → outputs]. */
  linear(x: string, inputs: number, outputs: number): string {
    return this.op('MatMul', [x, this.weight(inputs, outputs)]);
  }

  /** Ids looked up in a table: where every stream begins. */
  embed(vocabulary: number, width: number): string {
    return this.op('Gather', [this.weight(vocabulary, width), 'input_ids']);
  }

  /** RMSNorm written out. */
  rmsNorm(x: string, width: number): string {
    const square = this.op('Pow', [x, this.scalar(2)]);
    const mean = this.op('ReduceMean', [square, this.ints(-1)]);
    const root = this.op('Sqrt', [this.op('Add', [mean, this.scalar(1e-5)])]);
    return this.op('Mul', [this.op('Div', [x, root]), this.weight(width)]);
  }

  /** Attention as the search sees it: projections, a product of two activations, a softmax, a projection. */
  attention(x: string, width: number): string {
    const [q, k, v] = [0, 1, 2].map(() => this.linear(x, width, width)) as [string, string, string];
    const scores = this.op('Softmax', [this.op('MatMul', [q, this.op('Transpose', [k])])]);
    return this.linear(this.op('MatMul', [scores, v]), width, width);
  }

  silu(x: string): string {
    return this.op('Mul', [x, this.op('Sigmoid', [x])]);
  }

  add(a: string, b: string): string {
    return this.op('Add', [a, b]);
  }

  mul(a: string, b: string): string {
    return this.op('Mul', [a, b]);
  }

  /** The model whose only output is `output`, opened as a file is. */
  open(output: string): ModelInfo {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-graph-'));
    const file = path.join(folder, 'model.onnx');
    try {
      writeFileSync(file, this.bytes(output));
      return openModel(file);
    } finally {
      // An open file outlives its name.
      rmSync(folder, { recursive: true });
    }
  }

  bytes(output: string): Uint8Array {
    const ends = [
      valueInfo(11, 'input_ids', DataType.INT64, ['batch', 'sequence']),
      valueInfo(12, output, DataType.FLOAT),
    ];
    return modelProto(8, [{ domain: '', version: 18 }], [...this.parts, ...ends]);
  }
}
