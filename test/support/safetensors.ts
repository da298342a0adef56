import { readFileSync } from 'node:fs';

/** A tensor as numbers, row by row. */
export interface ReadTensor {
  dtype: string;
  shape: number[];
  values: number[];
}

const READERS: Record<string, [bytes: number, read: (view: DataView, at: number) => number]> = {
  U16: [2, (view, at) => view.getUint16(at, true)],
  F16: [2, (view, at) => float16(view.getUint16(at, true))],
  U32: [4, (view, at) => view.getUint32(at, true)],
  F32: [4, (view, at) => view.getFloat32(at, true)],
  I64: [8, (view, at) => Number(view.getBigInt64(at, true))],
};

/** Reads a safetensors file by its format's text (https://github.com/huggingface/safetensors#format). */
export function readSafetensors(file: string): Record<string, ReadTensor> {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  let read = 0;
  const tensors = Object.entries(header).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      const [width, number] = READERS[dtype]!;
      const view = new DataView(bytes.buffer, bytes.byteOffset + start + from, to - from);
      const count = shape.reduce((product, size) => product * size, 1);
      if (count * width !== to - from)
        throw new Error(`${name}: ${to - from} bytes are not ${count} of ${dtype}`);
      read += to - from;
      return [
        name,
        { dtype, shape, values: Array.from({ length: count }, (_, i) => number(view, i * width)) },
      ];
    },
  );
  if (start + read !== bytes.length) throw new Error(`${bytes.length - start - read} bytes are of no tensor`);
  return Object.fromEntries(tensors) as Record<string, ReadTensor>;
}

/** IEEE 754 binary16 by its definition. */
export function float16(bits: number): number {
  const sign = bits >>> 15 === 1 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15));
}
