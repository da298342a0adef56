import { bytesSource } from './byte-source.js';
import type { AttributeInfo, ModelInfo, NodeInfo } from './types.js';
import { fieldsOf } from './wire.js';
import { bytes, concat, text, type Part } from './write.js';

/** Field numbers of GraphProto, NodeProto and AttributeProto. */
const NODE = 1;
const ATTRIBUTE = 5;
const ATTRIBUTE_NAME = 1;
const REFERENCE = 21;

/** A node as a field of its graph: its own bytes, or written anew where inlining has given it other names. */
export function nodePart(model: ModelInfo, node: NodeInfo): Part {
  if (node.edited !== true) return bytes(NODE, model.read(node.message.start, node.message.end));
  return bytes(
    NODE,
    concat([
      ...node.inputs.map((name) => text(1, name)),
      ...node.outputs.map((name) => text(2, name)),
      text(3, node.name),
      text(4, node.opType),
      ...[...node.attributes.values()].map((attribute) => attributePart(model, attribute)),
      ...(node.domain === '' ? [] : [text(7, node.domain)]),
    ]),
  );
}

/** An attribute's own bytes under its name here, which may be another than where its value was given. */
function attributePart(model: ModelInfo, { name, message }: AttributeInfo): Part {
  const source = bytesSource(model.read(message.start, message.end));
  const kept: Part[] = [text(ATTRIBUTE_NAME, name)];
  let from = 0;
  for (const { number, value } of fieldsOf(source, { start: 0, end: source.size })) {
    // A field's bytes begin where the one before ended.
    if (number !== ATTRIBUTE_NAME && number !== REFERENCE) kept.push(source.read(from, value.end));
    from = value.end;
  }
  return bytes(ATTRIBUTE, concat(kept));
}
