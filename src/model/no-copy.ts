import { DataType } from '../onnx/data-types.js';
import { opsetOf, type GraphView } from '../onnx/graph-view.js';
import { int, message, text, type Part } from '../onnx/write.js';
import { node } from '../onnx/write-model.js';

/*
 * ONNX Runtime writes an output into the array that it is given, and its Node
 * binding (1.30) then copies it once more into a new array that nobody reads:
 * 151 MB a batch for GPT-2 small, in fresh pages. The binding makes these copies
 * in the order of the graph's outputs after the run, and refuses with one known
 * sentence what is no tensor. So an empty sequence stands first among our
 * outputs: asked for, it ends the run before the first copy. A binding that
 * copies no more, or that knows sequences, answers without that sentence, which
 * is as good.
 */

/** What the binding says of a sequence when all outputs are computed. */
const REFUSAL = /^Non tensor type is temporarily not supported\.?$/;

/** The first opset with SequenceEmpty. */
const OPSET = 11;

/** Whether a graph may have an empty sequence. */
export function knowsSequences({ model }: GraphView): boolean {
  return opsetOf(model) >= OPSET;
}

/** The node that makes the sequence. */
export function emptySequence(name: string): Part {
  return node('SequenceEmpty', name, [], [name]);
}

/** The sequence as an output: a ValueInfoProto whose type is sequence(tensor(float)). */
export function sequenceInfo(field: number, name: string): Part {
  const tensor = message(1, [int(1, DataType.FLOAT)]);
  const sequence = message(4, [message(1, [tensor])]);
  return message(field, [text(1, name), message(2, [sequence])]);
}

/** Whether a run failed at the sequence, with all outputs computed, and not before. */
export function endedBeforeCopies(error: unknown): boolean {
  return error instanceof Error && REFUSAL.test(error.message);
}
