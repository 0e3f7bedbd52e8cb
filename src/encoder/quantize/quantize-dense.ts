import type { Pieces } from '../../protobuf.js';
import { Constants } from './constants.js';
import { type DenseLayer, denseLayer } from './dense-layer.js';
import { roundWeights, transposed, type WeightBits } from './integer-weights.js';
import {
  assertOperatorSet,
  elementType,
  type GraphPart,
  initializerField,
  nodeField,
  type OnnxModel,
  serializeModel,
} from './onnx-model.js';
import { floatValues } from './tensor-values.js';
import { withoutUnused } from './unused-weights.js';

/** The first version of the operators of ONNX that has DynamicQuantizeLinear. */
const oldestOperatorSet = 11;

export interface QuantizedDense {
  /** Content of an .onnx file. */
  readonly content: Pieces;
  /** Dense layers that were rewritten. */
  readonly layers: number;
  /** Weights of these layers, those that are shared counted once. */
  readonly weights: number;
  /** Convolutions, none of which is touched. */
  readonly convolutions: number;
}

/**
 * Rewrites the dense layers of a float32 model (MatMul and Gemm with a constant matrix) so that they multiply
 * integers: y = x W becomes
 *
 *     x_q, s, z = DynamicQuantizeLinear(x)           bytes, with one scale and zero for the whole of x
 *     y = Cast(MatMulInteger(x_q, W_q, z)) * (s * S)  W_q: int8, S: a scale for each column of W
 *
 * in operators of ONNX itself, which onnxruntime fuses. All else is passed through as it is, subgraphs (If, Loop)
 * too. Because the scale of x is chosen by all of its values, slices have to be encoded one by one, which
 * `createOnnxEncoder` does with such a model.
 *
 * (Jacob et al., CVPR 2018, for the arithmetic; operators: onnx.ai/onnx/operators.)
 *
 * @param model without external data.
 * @param file to name in errors.
 * @throws VoxseekError ENCODER_INVALID where the operators are too old or the weights broken
 */
export function quantizeDense(model: OnnxModel, bits: WeightBits, file: string): QuantizedDense {
  assertOperatorSet(model, oldestOperatorSet, file);
  const rewriting = new Rewriting(model.graph, bits, file);
  const rewritten = model.graph.map((part) => rewriting.rewrite(part));
  const kept = withoutUnused(model.graph, rewritten, rewriting.replacedWeights);
  return {
    content: serializeModel(model, [...rewriting.initializers, ...kept]),
    layers: rewriting.layers,
    weights: rewriting.weights,
    convolutions: countConvolutions(model.graph),
  };
}

/** Names of values that hold the parts of a quantized input. */
interface QuantizedInput {
  readonly values: string;
  readonly scale: string;
  readonly zero: string;
}

class Rewriting {
  /** New weights, as fields of the graph. */
  readonly initializers: Pieces[] = [];
  /** Names of the weights that rewritten layers were given, and of what these were made from. */
  readonly replacedWeights = new Set<string>();
  layers = 0;
  weights = 0;
  readonly #constants: Constants;
  readonly #bits: WeightBits;
  readonly #file: string;
  /** By name of the activations: layers that share their input (query, key and value) quantize it once. */
  readonly #inputs = new Map<string, QuantizedInput>();
  /** By what the weights are made of: layers may share them. */
  readonly #weights = new Map<string, { values: string; scale: string }>();
  readonly #usedNames: Set<string>;

  constructor(graph: readonly GraphPart[], bits: WeightBits, file: string) {
    this.#constants = new Constants(graph);
    this.#bits = bits;
    this.#file = file;
    this.#usedNames = namesOf(graph);
  }

  /** @returns the fields of the graph that stand for a part of it now; the same one where nothing changes. */
  rewrite(part: GraphPart): Pieces {
    const layer = part.kind === 'node' ? denseLayer(part.node, this.#constants) : undefined;
    if (layer === undefined) return [part.field.encoded];
    this.layers++;
    for (const name of layer.weights.names) this.replacedWeights.add(name);
    const fields: Pieces[] = [];
    const add = (operator: string, inputs: string[], outputs: string[], attributes = {}) => {
      fields.push(nodeField({ name: outputs[0]!, operator, inputs, outputs, attributes }));
    };
    const weights = this.#integerWeights(layer);
    let input = this.#inputs.get(layer.input);
    if (input === undefined) {
      input = {
        values: this.#newName(layer.input, 'quantized'),
        scale: this.#newName(layer.input, 'scale'),
        zero: this.#newName(layer.input, 'zero'),
      };
      this.#inputs.set(layer.input, input);
      add('DynamicQuantizeLinear', [layer.input], [input.values, input.scale, input.zero]);
    }
    const named = (what: string) => this.#newName(layer.output, what);
    const [sums, floats, scale] = [named('sums'), named('floats'), named('scale')];
    add('MatMulInteger', [input.values, weights.values, input.zero], [sums]);
    add('Cast', [sums], [floats], { to: elementType.float32 });
    add('Mul', [input.scale, weights.scale], [scale]);
    const { added } = layer;
    const product = added === undefined ? layer.output : named('product');
    add('Mul', [floats, scale], [product]);
    if (added !== undefined) add('Add', [product, this.#scaled(added, named, add)], [layer.output]);
    return fields.flat();
  }

  #scaled(
    { name, beta }: NonNullable<DenseLayer['added']>,
    named: (what: string) => string,
    add: (operator: string, inputs: string[], outputs: string[]) => void,
  ): string {
    if (beta === 1) return name;
    const [factor, product] = [named('beta'), named('added')];
    this.initializers.push(initializerField(factor, 'float32', [], Float32Array.of(beta)));
    add('Mul', [name, factor], [product]);
    return product;
  }

  #integerWeights({ weights, rows, columns, alpha }: DenseLayer): { values: string; scale: string } {
    const { tensor, isTransposed } = weights;
    const key = JSON.stringify([tensor.name, isTransposed, alpha]);
    const known = this.#weights.get(key);
    if (known !== undefined) return known;
    const floats = floatValues(tensor, this.#file);
    const matrix = isTransposed ? transposed(floats, columns, rows) : floats;
    const rounded = roundWeights(matrix, columns, 'last', this.#bits, {
      file: this.#file,
      name: tensor.name,
    });
    const names = {
      values: this.#newName(tensor.name, 'quantized'),
      scale: this.#newName(tensor.name, 'scale'),
    };
    this.initializers.push(
      initializerField(names.values, 'int8', [rows, columns], rounded.values),
      initializerField(
        names.scale,
        'float32',
        [columns],
        rounded.scale.map((scale) => scale * alpha),
      ),
    );
    this.weights += rows * columns;
    this.#weights.set(key, names);
    return names;
  }

  #newName(of: string, what: string): string {
    let name = `${of}_${what}`;
    for (let count = 2; this.#usedNames.has(name); count++) name = `${of}_${what}_${count}`;
    this.#usedNames.add(name);
    return name;
  }
}

function namesOf(graph: readonly GraphPart[]): Set<string> {
  const names = new Set<string>();
  for (const part of graph) {
    if (part.kind === 'initializer') names.add(part.tensor.name);
    if (part.kind === 'input') names.add(part.name);
    if (part.kind === 'node') for (const name of [...part.node.inputs, ...part.node.outputs]) names.add(name);
  }
  return names;
}

function countConvolutions(graph: readonly GraphPart[]): number {
  return graph.filter((part) => part.kind === 'node' && part.node.operator.startsWith('Conv')).length;
}
