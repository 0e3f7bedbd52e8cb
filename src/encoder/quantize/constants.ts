import {
  elementType,
  type GraphPart,
  integersAttribute,
  type OnnxNode,
  type OnnxTensor,
  tensorAttribute,
} from './onnx-model.js';

/** A constant matrix, as a node may be given it. */
export interface ConstantMatrix {
  readonly tensor: OnnxTensor;
  /** Of the value that the node is given, and of what it was made from. */
  readonly names: readonly string[];
  /** The node is given the transpose of the tensor. */
  readonly isTransposed: boolean;
}

/** What values of a graph are constant matrices of float32: initializers, and what nodes make of them alone. */
export class Constants {
  readonly #initializers = new Map<string, OnnxTensor>();
  readonly #makers = new Map<string, OnnxNode>();

  constructor(graph: readonly GraphPart[]) {
    for (const part of graph) {
      if (part.kind === 'initializer') this.#initializers.set(part.tensor.name, part.tensor);
      if (part.kind === 'node') for (const output of part.node.outputs) this.#makers.set(output, part.node);
    }
  }

  /** @returns undefined: no constant, or no matrix of float32. */
  matrix(name: string): ConstantMatrix | undefined {
    const initializer = this.#initializers.get(name);
    if (initializer !== undefined) return asMatrix(initializer);
    const maker = this.#makers.get(name);
    if (maker === undefined || maker.domain !== '') return undefined;
    if (maker.operator === 'Constant') {
      const tensor = tensorAttribute(maker, 'value');
      return tensor && asMatrix({ ...tensor, name });
    }
    if (maker.operator !== 'Identity' && maker.operator !== 'Transpose') return undefined;
    const source = this.matrix(maker.inputs[0]!);
    if (source === undefined) return undefined;
    const names = [...source.names, name];
    if (maker.operator === 'Identity') return { ...source, names };
    // Without "perm" the axes are reversed.
    const axes = integersAttribute(maker, 'perm');
    const isPlain = axes.length === 2 && axes[0] === 0;
    return { ...source, names, isTransposed: source.isTransposed !== !isPlain };
  }
}

function asMatrix(tensor: OnnxTensor): ConstantMatrix | undefined {
  const isMatrix = tensor.shape.length === 2 && tensor.elementType === elementType.float32;
  return isMatrix ? { tensor, names: [tensor.name], isTransposed: false } : undefined;
}
