/** Writes tiny ONNX models, so that tests can have networks with every property that a real one may have. */

export const elementTypes = { float32: 1, int64: 7, float16: 10 } as const;
type ElementType = keyof typeof elementTypes;

export interface TensorInfo {
  readonly name: string;
  readonly type?: ElementType;
  /** A string is a free length with a name. */
  readonly shape: readonly (number | string)[];
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Numbers are whole, unless they say `float`. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export type Attribute =
  | number
  | readonly number[]
  | { readonly float: number }
  | { readonly tensor: Initializer }
  | { readonly graph: Model };

export interface Initializer {
  readonly name: string;
  readonly type?: ElementType;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
  /** File beside the model that holds the values in place of the model. */
  readonly location?: string;
}

export interface Model {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly nodes: readonly Node[];
  readonly initializers?: readonly Initializer[];
  /** Version of the operators; default 13. */
  readonly operatorSet?: number;
}

/** A varint of protobuf. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

function bytes(field: number, content: Iterable<number>): number[] {
  const list = [...content];
  return [...varint(field * 8 + 2), ...varint(list.length), ...list];
}

const text = (field: number, value: string): number[] => bytes(field, new TextEncoder().encode(value));

function tensorInfo(field: number, { name, type = 'float32', shape }: TensorInfo): number[] {
  const dimensions = shape.flatMap((length) =>
    bytes(1, typeof length === 'number' ? number(1, length) : text(2, length)),
  );
  const tensorType = [...number(1, elementTypes[type]), ...bytes(2, dimensions)];
  return bytes(field, [...text(1, name), ...bytes(2, bytes(1, tensorType))]);
}

function attribute(name: string, value: Attribute): number[] {
  return bytes(5, [...text(1, name), ...attributeContent(value)]);
}

function attributeContent(value: Attribute): number[] {
  if (typeof value === 'number') return [...number(3, value), ...number(20, 2)];
  if ('float' in value) {
    return [2 * 8 + 5, ...new Uint8Array(Float32Array.of(value.float).buffer), ...number(20, 1)];
  }
  if ('tensor' in value) return [...bytes(5, tensor(value.tensor)), ...number(20, 4)];
  if ('graph' in value) return [...bytes(6, graphContent(value.graph)), ...number(20, 5)];
  return [...value.flatMap((item) => number(8, item)), ...number(20, 7)];
}

function tensor({ name, type = 'float32', shape, values, location }: Initializer): number[] {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const entry = (key: string, value: string) => bytes(13, [...text(1, key), ...text(2, value)]);
  return [
    ...shape.flatMap((length) => number(1, length)),
    ...number(2, elementTypes[type]),
    ...text(8, name),
    ...(location === undefined
      ? bytes(9, raw)
      : [...entry('location', location), ...entry('length', String(raw.length)), ...number(14, 1)]),
  ];
}

function graphContent({ inputs, outputs, nodes, initializers = [] }: Model): number[] {
  return [
    ...nodes.flatMap((node) =>
      bytes(1, [
        ...node.inputs.flatMap((name) => text(1, name)),
        ...text(2, node.output),
        ...text(4, node.op),
        ...Object.entries(node.attributes ?? {}).flatMap(([name, value]) => attribute(name, value)),
      ]),
    ),
    ...text(2, 'graph'),
    ...initializers.flatMap((one) => bytes(5, tensor(one))),
    ...inputs.flatMap((info) => tensorInfo(11, info)),
    ...outputs.flatMap((info) => tensorInfo(12, info)),
  ];
}

/** The bytes of an .onnx file (onnx.proto). */
export function writeOnnxModel(model: Model): Uint8Array {
  return Uint8Array.from([
    ...number(1, 8),
    ...bytes(7, graphContent(model)),
    ...bytes(8, [...text(1, ''), ...number(2, model.operatorSet ?? 13)]),
  ]);
}
