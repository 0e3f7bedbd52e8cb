import { bytesField, type Pieces, textField } from '../../protobuf.js';
import type { ActivationRange } from './activation-ranges.js';
import { roundWeights, type WeightBits } from './integer-weights.js';
import {
  elementType,
  type GraphPart,
  initializerField,
  nodeField,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  serializeModel,
} from './onnx-model.js';
import { floatValues } from './tensor-values.js';
import { withoutUnused } from './unused-weights.js';

/** What may stand between a convolution and the next one without leaving the integers. */
const passing: ReadonlySet<string> = new Set(['Add', 'Concat', 'MaxPool', 'GlobalAveragePool']);
/** What onnxruntime makes part of the convolution, or the addition, before it. */
const fused: ReadonlySet<string> = new Set(['Relu', 'Clip']);

/** The convolutions of a graph with constant float32 weights, and the activations that have to become bytes. */
export class ConvolutionPlan {
  readonly convolutions = new Set<OnnxNode>();
  /** Names of values of the graph. */
  readonly activations = new Set<string>();
  readonly weights = new Map<string, OnnxTensor>();
  readonly #consumers = new Map<string, OnnxNode[]>();

  constructor(graph: readonly GraphPart[]) {
    const nodes = graph.flatMap((part) =>
      part.kind === 'node' && part.node.domain === '' ? [part.node] : [],
    );
    for (const part of graph) {
      if (part.kind === 'initializer') this.weights.set(part.tensor.name, part.tensor);
    }
    for (const node of nodes) {
      for (const name of node.inputs) {
        this.#consumers.set(name, [...(this.#consumers.get(name) ?? []), node]);
      }
    }
    for (const node of nodes) this.#take(node);
  }

  /** Whether a node is to be given bytes that stand for the floats. */
  takesBytes(node: OnnxNode): boolean {
    return this.convolutions.has(node) || (passing.has(node.operator) && this.#isActivationOnly(node));
  }

  #take(node: OnnxNode): void {
    if (node.operator === 'Conv') {
      const isConstant = node.inputs.slice(1).every((name) => {
        return name === '' || this.weights.get(name)?.elementType === elementType.float32;
      });
      if (!isConstant) return;
      this.convolutions.add(node);
      this.activations.add(node.inputs[0]!);
      this.activations.add(this.#endOf(node));
    } else if (this.takesBytes(node)) {
      for (const name of [...node.inputs, this.#endOf(node)]) this.activations.add(name);
    }
  }

  #isActivationOnly({ inputs }: OnnxNode): boolean {
    return inputs.every((name) => name !== '' && !this.weights.has(name));
  }

  /** The value that a node gives together with what is fused into it. */
  #endOf({ outputs }: OnnxNode): string {
    const consumers = this.#consumers.get(outputs[0]!) ?? [];
    const [next] = consumers;
    return consumers.length === 1 && fused.has(next!.operator) ? next!.outputs[0]! : outputs[0]!;
  }
}

export interface QuantizedConvolutions {
  /** Content of an .onnx file. */
  readonly content: Pieces;
  /** How many were rewritten. */
  readonly convolutions: number;
}

/**
 * Rewrites convolutions so that they multiply integers, with scales that were measured before (static quantization):
 * QuantizeLinear and DequantizeLinear around them say which bytes stand for which floats, and onnxruntime makes one
 * integer convolution (QLinearConv) of each such group. Weights are int8 with a scale for each output channel, biases
 * int32, activations bytes with one scale each; a slice does not depend on those beside it.
 *
 * (Jacob et al., CVPR 2018; Krishnamoorthi, arXiv 1806.08342.)
 *
 * @param model without external data.
 * @param ranges of the activations of the plan.
 * @throws VoxseekError ENCODER_INVALID where weights are broken
 */
export function quantizeConvolutions(
  model: OnnxModel,
  plan: ConvolutionPlan,
  ranges: ReadonlyMap<string, ActivationRange>,
  bits: WeightBits,
  file: string,
): QuantizedConvolutions {
  const rewriting = new Rewriting(plan, ranges, bits, file);
  const rewritten = model.graph.map((part) => rewriting.rewrite(part));
  const kept = withoutUnused(model.graph, rewritten, rewriting.replacedWeights);
  return {
    content: serializeModel(model, [...rewriting.initializers, ...kept]),
    convolutions: rewriting.convolutions,
  };
}

class Rewriting {
  readonly initializers: Pieces[] = [];
  readonly replacedWeights = new Set<string>();
  convolutions = 0;
  readonly #plan: ConvolutionPlan;
  readonly #ranges: ReadonlyMap<string, ActivationRange>;
  readonly #bits: WeightBits;
  readonly #file: string;
  #constants = 0;
  readonly #bytes = new Map<string, ByteScale>();
  #dequantized = 0;

  constructor(
    plan: ConvolutionPlan,
    ranges: ReadonlyMap<string, ActivationRange>,
    bits: WeightBits,
    file: string,
  ) {
    this.#plan = plan;
    this.#ranges = ranges;
    this.#bits = bits;
    this.#file = file;
  }

  rewrite(part: GraphPart): Pieces {
    if (part.kind !== 'node' || !this.#plan.takesBytes(part.node)) return [part.field.encoded];
    const { node } = part;
    const before: Pieces[] = [];
    const inputs = this.#plan.convolutions.has(node)
      ? this.#convolutionInputs(node, before)
      : node.inputs.map((name) => this.#activation(name, before));
    if (inputs === undefined) return [part.field.encoded];
    return [...before.flat(), ...withInputs(node, inputs)];
  }

  #convolutionInputs({ inputs }: OnnxNode, before: Pieces[]): string[] | undefined {
    const [name, weightsName, biasName = ''] = inputs as [string, string, string?];
    const weights = this.#plan.weights.get(weightsName)!;
    const channels = weights.shape[0]!;
    const rounded = roundWeights(floatValues(weights, this.#file), channels, 'first', this.#bits, {
      file: this.#file,
      name: weightsName,
    });
    const bias = biasName === '' ? undefined : floatValues(this.#plan.weights.get(biasName)!, this.#file);
    // The scale of the sums that it is added to.
    const activationScale = byteScale(name, this.#ranges.get(name)!).scale;
    const biasScale = rounded.scale.map((step) => step * activationScale);
    const sums = bias?.map((value, i) => Math.round(value / biasScale[i]!));
    // A bias beyond all sums of its channel: nothing is won, and int32 would not hold it.
    if (sums?.some((value) => !(Math.abs(value) < 2 ** 31))) return undefined;
    this.convolutions++;
    this.replacedWeights.add(weightsName);
    const result = [
      this.#activation(name, before),
      this.#constant(weightsName, 'int8', weights.shape, rounded.values, rounded.scale, before),
    ];
    if (sums !== undefined) {
      this.replacedWeights.add(biasName);
      result.push(this.#constant(biasName, 'int32', [channels], Int32Array.from(sums), biasScale, before));
    }
    return result;
  }

  /** Integers that stand for constant floats, with a scale for each channel. */
  #constant(
    of: string,
    type: 'int8' | 'int32',
    shape: readonly number[],
    values: Int8Array | Int32Array,
    scale: Float32Array,
    before: Pieces[],
  ): string {
    // One for each use: the scale of a bias is that of one convolution.
    const place = this.#constants++;
    const names = ['integers', 'scale', 'floats'].map((what) => `${of}_${what}_${place}`);
    const [integers, scales, floats] = names as [string, string, string];
    this.initializers.push(
      initializerField(integers, type, shape, values),
      initializerField(scales, 'float32', [scale.length], scale),
    );
    before.push(
      nodeField({
        name: floats,
        operator: 'DequantizeLinear',
        inputs: [integers, scales],
        outputs: [floats],
        attributes: { axis: 0 },
      }),
    );
    return floats;
  }

  /** The bytes of an activation, made floats again for one node: onnxruntime wants one such node for each use. */
  #activation(name: string, before: Pieces[]): string {
    let bytes = this.#bytes.get(name);
    if (bytes === undefined) {
      bytes = byteScale(name, this.#ranges.get(name)!);
      this.#bytes.set(name, bytes);
      this.initializers.push(
        initializerField(bytes.scaleName, 'float32', [], Float32Array.of(bytes.scale)),
        initializerField(bytes.zeroName, 'uint8', [], Uint8Array.of(bytes.zero)),
      );
      before.push(
        nodeField({
          name: bytes.name,
          operator: 'QuantizeLinear',
          inputs: [name, bytes.scaleName, bytes.zeroName],
          outputs: [bytes.name],
        }),
      );
    }
    const floats = `${name}_dequantized_${this.#dequantized++}`;
    before.push(
      nodeField({
        name: floats,
        operator: 'DequantizeLinear',
        inputs: [bytes.name, bytes.scaleName, bytes.zeroName],
        outputs: [floats],
      }),
    );
    return floats;
  }
}

interface ByteScale {
  readonly name: string;
  readonly scaleName: string;
  readonly zeroName: string;
  readonly scale: number;
  readonly zero: number;
}

function byteScale(name: string, { low, high }: ActivationRange): ByteScale {
  const scale = high > low ? Math.fround((high - low) / 255) : 1;
  return {
    name: `${name}_bytes`,
    scaleName: `${name}_bytes_scale`,
    zeroName: `${name}_bytes_zero`,
    scale,
    zero: Math.min(255, Math.max(0, Math.round(-low / scale))),
  };
}

/** @returns the node with other inputs, its attributes as they are. */
function withInputs({ name, operator, outputs, attributes }: OnnxNode, inputs: readonly string[]): Pieces {
  return bytesField(1, [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, operator),
    ...[...attributes.values()].flatMap((fields) =>
      bytesField(
        5,
        fields.map(({ encoded }) => encoded),
      ),
    ),
  ]);
}
