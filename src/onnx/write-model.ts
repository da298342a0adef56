import { bytes, concat, float, int, message, text, type Part } from './write.js';

/** Field numbers are those of onnx.proto. */

/** An AttributeProto of an integer. */
export function intAttribute(name: string, value: number): Part {
  return message(5, [text(1, name), int(3, value), int(20, 2)]);
}

/** An AttributeProto of a list of integers. */
export function intsAttribute(name: string, values: readonly number[]): Part {
  return message(5, [text(1, name), ...values.map((value) => int(8, value)), int(20, 7)]);
}

/** An AttributeProto of a float. */
export function floatAttribute(name: string, value: number): Part {
  return message(5, [text(1, name), float(2, value), int(20, 1)]);
}

/** A NodeProto as a field of its graph. */
export function node(
  opType: string,
  name: string,
  inputs: string[],
  outputs: string[],
  attributes: Part[] = [],
  domain = '',
): Part {
  return message(1, [
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    text(3, name),
    text(4, opType),
    ...attributes,
    ...(domain === '' ? [] : [text(7, domain)]),
  ]);
}

/** A TensorProto whose data lies in a file: a field of its graph. */
export function externalInitializer(
  name: string,
  dataType: number,
  dims: readonly number[],
  at: { location: string; offset: number; length: number },
): Part {
  const entry = (key: string, value: string) => message(13, [text(1, key), text(2, value)]);
  return message(5, [
    ...dims.map((dim) => int(1, dim)),
    int(2, dataType),
    text(8, name),
    entry('location', at.location),
    entry('offset', String(at.offset)),
    entry('length', String(at.length)),
    int(14, 1), // data_location: EXTERNAL
  ]);
}

/** A TensorProto with its data inside: a field of its graph. */
export function inlineInitializer(
  name: string,
  dataType: number,
  dims: readonly number[],
  raw: Uint8Array,
): Part {
  return message(5, [...dims.map((dim) => int(1, dim)), int(2, dataType), text(8, name), bytes(9, raw)]);
}

/** A ValueInfoProto of a tensor; without dims its shape is left to inference. */
export function valueInfo(
  field: number,
  name: string,
  dataType: number,
  dims?: readonly (number | string)[],
): Part {
  const shape = dims?.map((dim) => message(1, [typeof dim === 'number' ? int(1, dim) : text(2, dim)]));
  const tensor = [int(1, dataType), ...(shape === undefined ? [] : [message(2, shape)])];
  return message(field, [text(1, name), message(2, [message(1, tensor)])]);
}

/** A whole ModelProto around the fields of its graph. */
export function modelProto(
  irVersion: number,
  opsets: readonly { domain: string; version: number }[],
  graph: readonly Part[],
  functions: readonly Uint8Array[] = [],
): Uint8Array {
  return concat([
    int(1, irVersion),
    text(2, 'neuroprobe'),
    bytes(7, concat(graph)),
    ...opsets.map(({ domain, version }) => message(8, [text(1, domain), int(2, version)])),
    ...functions.map((info) => bytes(25, info)),
  ]);
}
