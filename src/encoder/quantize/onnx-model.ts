import { VoxseekError } from '../../errors.js';
import {
  bytesField,
  bytesOf,
  type Field,
  floatOf,
  integerField,
  integerOf,
  integersOf,
  type Pieces,
  readFields,
  textField,
  textOf,
} from '../../protobuf.js';

/** Element types of tensors (TensorProto.DataType of onnx.proto). */
export const elementType = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;

/** A TensorProto: weights. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elementType: number;
  /** The message as it stands in the file. */
  readonly message: Uint8Array;
}

/** A NodeProto. */
export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  /** Empty for the operators of ONNX itself. */
  readonly domain: string;
  /** Names of values; empty where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** AttributeProto by name. */
  readonly attributes: ReadonlyMap<string, readonly Field[]>;
}

/** One field of a GraphProto: what it is, and how it stands in the file. */
export type GraphPart =
  | { readonly kind: 'node'; readonly node: OnnxNode; readonly field: Field }
  | { readonly kind: 'initializer'; readonly tensor: OnnxTensor; readonly field: Field }
  | { readonly kind: 'input' | 'output'; readonly name: string; readonly field: Field }
  | { readonly kind: 'other'; readonly field: Field };

/** A ModelProto: everything of it is kept, what is not known here too. */
export interface OnnxModel {
  /** The fields of the model; that of the graph holds its place among them. */
  readonly fields: readonly Field[];
  readonly graph: readonly GraphPart[];
  /** Version of the operators of ONNX itself. */
  readonly operatorSet: number;
}

const graphField = 7;

/**
 * Takes an ONNX model apart, without copying its weights.
 *
 * @param content of an .onnx file.
 * @param file to name in errors.
 * @throws VoxseekError ENCODER_INVALID where it is no ONNX model, or is truncated.
 */
export function parseModel(content: Uint8Array, file: string): OnnxModel {
  return whileReading(file, () => {
    const fields = [...readFields(content)];
    const graph = fields.filter(({ number }) => number === graphField);
    if (graph.length !== 1 || !fields.some(({ number }) => number === 1)) {
      throw new RangeError('it has no version and one graph');
    }
    return {
      fields,
      graph: [...readFields(bytesOf(graph[0]!))].map(graphPart),
      operatorSet: operatorSetOf(fields),
    };
  });
}

/**
 * Runs a reader of messages.
 *
 * @throws VoxseekError ENCODER_INVALID, naming the file, where the reader finds what is no such message.
 */
export function whileReading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new VoxseekError('ENCODER_INVALID', `is no ONNX model, or a broken one (${error.message})`, {
      subject: file,
      advice: 'Copy or export the file again; compare its size with the original.',
      cause: error,
    });
  }
}

/** @returns the content of an .onnx file: the model with these parts as its graph. */
export function serializeModel(model: OnnxModel, graph: readonly Pieces[]): Pieces {
  return model.fields.flatMap((field) =>
    field.number === graphField ? bytesField(graphField, graph.flat()) : [field.encoded],
  );
}

/** @throws VoxseekError ENCODER_INVALID where the model uses older operators of ONNX itself */
export function assertOperatorSet({ operatorSet }: OnnxModel, oldest: number, file: string): void {
  if (operatorSet >= oldest) return;
  throw new VoxseekError(
    'ENCODER_INVALID',
    `uses version ${operatorSet} of ONNX's operators; integers need ${oldest}`,
    { subject: file, advice: `Export it again with opset_version ${oldest} or newer.` },
  );
}

function operatorSetOf(fields: readonly Field[]): number {
  for (const field of fields) {
    if (field.number !== 8) continue;
    const entry = [...readFields(bytesOf(field))];
    const domain = entry.find(({ number }) => number === 1);
    const version = entry.find(({ number }) => number === 2);
    if ((domain === undefined || textOf(domain) === '') && version !== undefined) return integerOf(version);
  }
  throw new RangeError('it does not say which version of the operators it uses');
}

function graphPart(field: Field): GraphPart {
  if (field.number === 1) return { kind: 'node', node: parseNode(bytesOf(field)), field };
  if (field.number === 5) return { kind: 'initializer', tensor: parseTensor(bytesOf(field)), field };
  if (field.number === 11) return { kind: 'input', name: firstText(bytesOf(field)), field };
  if (field.number === 12) return { kind: 'output', name: firstText(bytesOf(field)), field };
  return { kind: 'other', field };
}

/** @returns the text in field 1: the name of a ValueInfoProto or an AttributeProto. */
function firstText(message: Uint8Array): string {
  for (const field of readFields(message)) if (field.number === 1) return textOf(field);
  return '';
}

/** Inputs, outputs, name, operator, domain. */
const nodeTexts: ReadonlySet<number> = new Set([1, 2, 3, 4, 7]);

export function parseNode(message: Uint8Array): OnnxNode {
  const texts = new Map<number, string[]>();
  const attributes = new Map<string, readonly Field[]>();
  for (const field of readFields(message)) {
    if (field.number === 5) attributes.set(firstText(bytesOf(field)), [...readFields(bytesOf(field))]);
    else if (nodeTexts.has(field.number)) {
      texts.set(field.number, [...(texts.get(field.number) ?? []), textOf(field)]);
    }
  }
  return {
    name: texts.get(3)?.[0] ?? '',
    operator: texts.get(4)?.[0] ?? '',
    domain: texts.get(7)?.[0] ?? '',
    inputs: texts.get(1) ?? [],
    outputs: texts.get(2) ?? [],
    attributes,
  };
}

function parseTensor(message: Uint8Array): OnnxTensor {
  let name = '';
  let type = 0;
  const shape: number[] = [];
  for (const field of readFields(message)) {
    if (field.number === 1) shape.push(...integersOf(field));
    else if (field.number === 2) type = integerOf(field);
    else if (field.number === 8) name = textOf(field);
  }
  return { name, shape, elementType: type, message };
}

export function integerAttribute({ attributes }: OnnxNode, name: string, otherwise: number): number {
  const field = attributes.get(name)?.find(({ number }) => number === 3);
  return field === undefined ? otherwise : integerOf(field);
}

export function floatAttribute({ attributes }: OnnxNode, name: string, otherwise: number): number {
  const field = attributes.get(name)?.find(({ number }) => number === 2);
  return field === undefined ? otherwise : floatOf(field);
}

/** @returns the integers of an attribute; none where it is not there. */
export function integersAttribute({ attributes }: OnnxNode, name: string): number[] {
  return (attributes.get(name) ?? []).filter(({ number }) => number === 8).flatMap(integersOf);
}

/** @returns the tensor of an attribute. */
export function tensorAttribute({ attributes }: OnnxNode, name: string): OnnxTensor | undefined {
  const field = attributes.get(name)?.find(({ number }) => number === 5);
  return field && parseTensor(bytesOf(field));
}

/** A node of a graph, as a field of it; attributes are integers, one or several. */
export function nodeField({
  name,
  operator,
  inputs,
  outputs,
  attributes = {},
}: Pick<OnnxNode, 'name' | 'operator' | 'inputs' | 'outputs'> & {
  readonly attributes?: Readonly<Record<string, number>>;
}): Pieces {
  return bytesField(1, [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, operator),
    ...Object.entries(attributes).flatMap(([key, value]) =>
      bytesField(5, [textField(1, key), integerField(3, value), integerField(20, 2)]),
    ),
  ]);
}

/** Weights of a graph, as a field of it. */
export function initializerField(
  name: string,
  type: keyof typeof elementType,
  shape: readonly number[],
  values: Float32Array | Int8Array | Uint8Array | Int32Array,
): Pieces {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return bytesField(5, [
    ...shape.map((length) => integerField(1, length)),
    integerField(2, elementType[type]),
    textField(8, name),
    ...bytesField(9, [raw]),
  ]);
}
