/** Kinds of numbers in a safetensors file, by ascending alignment and then as the format's library orders them. */
const DTYPES = { U16: 2, F16: 2, U32: 4, F32: 4, I64: 8 } as const;
export type Dtype = keyof typeof DTYPES;
const ORDER = Object.keys(DTYPES) as Dtype[];

/** Bytes of one number. */
export function bytesOf(dtype: Dtype): number {
  return DTYPES[dtype];
}

export interface TensorShape {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
}

/** Where a file's tensors lie. */
export interface SafetensorsLayout {
  /** The file's first bytes, before all tensors. */
  head: Uint8Array;
  /** Of each tensor by name, the byte of the file where it begins. */
  starts: Record<string, number>;
  /** Of the whole file. */
  bytes: number;
}

/**
 * The layout that the format's own library gives these tensors (https://github.com/huggingface/safetensors): the length
 * of the header as 64 bits, the header as JSON, spaces up to a multiple of 8 bytes; the tensors without a gap, those of
 * the widest numbers first, then by name.
 */
export function safetensorsLayout(tensors: readonly TensorShape[]): SafetensorsLayout {
  const sorted = [...tensors].sort(
    (a, b) => ORDER.indexOf(b.dtype) - ORDER.indexOf(a.dtype) || (a.name < b.name ? -1 : 1),
  );
  const ends: number[] = [];
  const offsets = sorted.map(({ dtype, shape }): [number, number] => {
    const start = ends.at(-1) ?? 0;
    ends.push(start + bytesOf(dtype) * shape.reduce((product, size) => product * size, 1));
    return [start, ends.at(-1)!];
  });
  const header = Object.fromEntries(
    sorted.map(({ name, dtype, shape }, i) => [name, { dtype, shape, data_offsets: offsets[i] }]),
  );
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8 + 8 * Math.ceil(json.length / 8), ' ');
  head.writeBigUInt64LE(BigInt(head.length - 8));
  json.copy(head, 8);
  const starts = Object.fromEntries(sorted.map(({ name }, i) => [name, head.length + offsets[i]![0]]));
  return { head, starts, bytes: head.length + (ends.at(-1) ?? 0) };
}
