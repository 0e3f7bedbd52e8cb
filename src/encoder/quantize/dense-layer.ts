import type { ConstantMatrix, Constants } from './constants.js';
import { floatAttribute, integerAttribute, type OnnxNode } from './onnx-model.js';

/** A node that multiplies activations with a constant matrix of weights. */
export interface DenseLayer {
  /** Name of the activations, [..., rows]. */
  readonly input: string;
  readonly output: string;
  /** [rows, columns], transposed where `weights.isTransposed`. */
  readonly weights: ConstantMatrix;
  readonly rows: number;
  readonly columns: number;
  /** Factor of the product. */
  readonly alpha: number;
  /** What is added to it, and its factor. */
  readonly added: { readonly name: string; readonly beta: number } | undefined;
}

/** @returns the dense layer that a node is; undefined where it is something else. */
export function denseLayer(node: OnnxNode, constants: Constants): DenseLayer | undefined {
  if (node.domain !== '') return undefined;
  const isGemm = node.operator === 'Gemm';
  if (!isGemm && node.operator !== 'MatMul') return undefined;
  if (isGemm && integerAttribute(node, 'transA', 0) !== 0) return undefined;
  const [input, weightsName, added = ''] = node.inputs as [string, string, string?];
  const found = constants.matrix(weightsName);
  if (found === undefined) return undefined;
  const turned = isGemm && integerAttribute(node, 'transB', 0) !== 0;
  const weights = { ...found, isTransposed: found.isTransposed !== turned };
  const [first, second] = weights.tensor.shape as [number, number];
  const [rows, columns] = weights.isTransposed ? [second, first] : [first, second];
  return {
    input,
    output: node.outputs[0]!,
    weights,
    rows,
    columns,
    alpha: isGemm ? floatAttribute(node, 'alpha', 1) : 1,
    added: isGemm && added !== '' ? { name: added, beta: floatAttribute(node, 'beta', 1) } : undefined,
  };
}
