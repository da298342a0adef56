/** A protobuf message put together from fields; bytes of other messages are taken over as they are. */
export type Part = Uint8Array;

/** Joins parts into one message. */
export function concat(parts: readonly Part[]): Uint8Array {
  return Buffer.concat(parts);
}

/** A varint field; negative numbers take ten bytes (two's complement of 64 bits). */
export function int(field: number, value: number): Part {
  return concat([varint(field * 8), varint(value)]);
}

export function text(field: number, value: string): Part {
  return bytes(field, Buffer.from(value, 'utf8'));
}

/** A length-delimited field: an embedded message, or bytes. */
export function bytes(field: number, value: Uint8Array): Part {
  return concat([varint(field * 8 + 2), varint(value.length), value]);
}

export function message(field: number, parts: readonly Part[]): Part {
  return bytes(field, concat(parts));
}

/** A fixed 32-bit float field. */
export function float(field: number, value: number): Part {
  const part = Buffer.alloc(4);
  part.writeFloatLE(value);
  return concat([varint(field * 8 + 5), part]);
}

export function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(out);
}
