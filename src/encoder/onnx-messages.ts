import { bytesOf, readFields, textOf } from '../protobuf.js';

/** The messages of onnx.proto that lead to nodes and tensors: which message each field number of a message holds. */
const messages = {
  ModelProto: { 7: 'GraphProto', 25: 'FunctionProto' },
  FunctionProto: { 7: 'NodeProto' },
  GraphProto: { 1: 'NodeProto', 5: 'TensorProto', 15: 'SparseTensorProto' },
  NodeProto: { 5: 'AttributeProto' },
  AttributeProto: { 5: 'TensorProto', 6: 'GraphProto', 10: 'TensorProto', 11: 'GraphProto' },
  SparseTensorProto: { 1: 'TensorProto', 2: 'TensorProto' },
  TensorProto: {},
} as const satisfies Readonly<Record<string, Readonly<Record<number, string>>>>;

export type OnnxMessage = keyof typeof messages;

/** @returns which message a field of a message holds; undefined: none that leads to nodes or tensors. */
export function messageIn(type: OnnxMessage, field: number): OnnxMessage | undefined {
  return (messages[type] as Readonly<Record<number, OnnxMessage>>)[field];
}

/**
 * All nodes or all tensors of a model, at any depth: also those of subgraphs and functions, and of attributes.
 *
 * @param message content of a message of `type`; by default of an .onnx file.
 * @throws RangeError where it is no such message.
 */
export function* messagesOf(
  wanted: 'NodeProto' | 'TensorProto',
  message: Uint8Array,
  type: OnnxMessage = 'ModelProto',
): Generator<Uint8Array> {
  if (type === wanted) yield message;
  if (type === 'TensorProto') return;
  for (const field of readFields(message)) {
    const inner = messageIn(type, field.number);
    if (inner !== undefined) yield* messagesOf(wanted, bytesOf(field), inner);
  }
}

/** What a tensor says about a file beside the model that holds its values: location, offset, length. */
export function externalData(tensor: Uint8Array): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const field of readFields(tensor)) {
    if (field.number !== 13) continue;
    const entry = new Map<number, string>();
    for (const part of readFields(bytesOf(field))) entry.set(part.number, textOf(part));
    entries.set(entry.get(1) ?? '', entry.get(2) ?? '');
  }
  return entries;
}

/** Operators that choose the scale of their integers by all values they are given, those of other slices too. */
const dynamicOperators: ReadonlySet<string> = new Set([
  'DynamicQuantizeLinear',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
]);

/**
 * Whether the result for one slice depends on the slices beside it in the batch, because activations are quantised
 * with one scale for all of them.
 *
 * @param model content of an .onnx file.
 */
export function quantizesDynamically(model: Uint8Array): boolean {
  for (const node of messagesOf('NodeProto', model)) {
    for (const field of readFields(node)) {
      if (field.number === 4 && dynamicOperators.has(textOf(field))) return true;
    }
  }
  return false;
}
