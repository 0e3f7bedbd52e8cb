/**
 * ONNX graphs of a few nodes, written as protocol buffers (onnx.proto, IR version 8). Only what scoring needs:
 * named nodes with integer attributes, inputs and outputs of any shape.
 */
export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface GraphValue {
  readonly name: string;
  readonly type: keyof typeof elementType;
  /** Names stand for sizes that are free. */
  readonly shape: readonly (string | number)[];
}

export interface GraphDefinition {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

const irVersion = 8;
const operatorSet = 17;
const elementType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
const attributeType = { int: 2, ints: 7 } as const;

/** @returns the graph as the bytes of an .onnx file, for `InferenceSession.create`. */
export function serializeGraph(graph: GraphDefinition): Uint8Array {
  return message(
    integer(1, irVersion),
    embedded(
      7,
      message(
        ...graph.nodes.map((node) => embedded(1, nodeMessage(node))),
        text(2, graph.name),
        ...graph.inputs.map((value) => embedded(11, valueMessage(value))),
        ...graph.outputs.map((value) => embedded(12, valueMessage(value))),
      ),
    ),
    embedded(8, message(text(1, ''), integer(2, operatorSet))),
  );
}

function nodeMessage({ operator, inputs, outputs, attributes = {} }: GraphNode): Uint8Array {
  return message(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      embedded(
        5,
        typeof value === 'number'
          ? message(text(1, name), integer(3, value), integer(20, attributeType.int))
          : message(text(1, name), ...value.map((v) => integer(8, v)), integer(20, attributeType.ints)),
      ),
    ),
  );
}

function valueMessage({ name, type, shape }: GraphValue): Uint8Array {
  const dimensions = shape.map((size) =>
    embedded(1, typeof size === 'number' ? message(integer(1, size)) : message(text(2, size))),
  );
  const tensor = message(integer(1, elementType[type]), embedded(2, message(...dimensions)));
  return message(text(1, name), embedded(2, message(embedded(1, tensor))));
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function integer(field: number, value: number): Uint8Array {
  return Buffer.concat([varint(BigInt(field << 3)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function text(field: number, value: string): Uint8Array {
  return embedded(field, Buffer.from(value));
}

function embedded(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
