import type { HubFile } from '../hub.js';

/** The part of an encoder's JSON (docs/encoders.md) that a preset fixes. */
export interface PresetConfig {
  readonly inputSize: number;
  readonly channels: 3;
  readonly interpolation: 'bilinear' | 'bicubic';
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly input: string;
  readonly output: string;
  readonly pooling: 'none' | 'cls';
}

/** A published encoder: what it expects, and where it comes from. */
export interface EncoderPreset {
  readonly name: string;
  readonly description: string;
  /** Numbers in an embedding; null where the published weights come in several sizes. */
  readonly dimension: number | null;
  /** Of the weights, as their publisher states it; docs/paper-encoders.md says where. */
  readonly licence: string;
  /** Where the weights come from. */
  readonly weights: string;
  readonly config: PresetConfig;
  /** The ready ONNX file; where there is none, tools/export/export.py makes it from the weights. */
  readonly hub?: HubFile;
}

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const image = { inputSize: 224, channels: 3, input: 'pixel_values' } as const;
const classToken = { output: 'last_hidden_state', pooling: 'cls' } as const;
const vector = { output: 'embedding', pooling: 'none' } as const;

/**
 * The six encoders of arXiv 2405.09334, in its order. Sizes, normalisation and interpolation are those that the
 * weights were trained or published with; the paper does not state its own. docs/paper-encoders.md has the
 * sources, and what could not be verified.
 */
export const encoderPresets: readonly EncoderPreset[] = [
  {
    name: 'dinov1-vitb16',
    description: 'DINO (2021), ViT-B/16, self-supervised on ImageNet.',
    dimension: 768,
    licence: 'Apache-2.0',
    weights: 'https://huggingface.co/facebook/dino-vitb16',
    config: { ...image, interpolation: 'bicubic', ...imageNet, ...classToken },
    hub: {
      repository: 'Xenova/dino-vitb16',
      revision: '8fed93ed1ac77a7e7adcde0649a937b29b4f1e65',
      path: 'onnx/model.onnx',
    },
  },
  {
    name: 'dinov2-vitb14',
    description: 'DINOv2 (2023), ViT-B/14, self-supervised on LVD-142M.',
    dimension: 768,
    licence: 'Apache-2.0',
    weights: 'https://huggingface.co/facebook/dinov2-base',
    config: { ...image, interpolation: 'bicubic', ...imageNet, ...classToken },
    hub: {
      repository: 'onnx-community/dinov2-base',
      revision: '31ef06cac16d5d301c5930d147002a058c85a5e4',
      path: 'onnx/model.onnx',
      sha256: '320d1012a6fc65b101fc85ca30ee7a47b2e4f6a2e8bd78fb9d7036def0e30cb0',
    },
  },
  {
    name: 'dreamsim',
    description:
      'DreamSim (2023), ensemble of DINO, CLIP and OpenCLIP, tuned to human judgements of similarity.',
    dimension: 1792,
    licence: 'MIT',
    weights: 'https://github.com/ssundaram21/dreamsim',
    config: { ...image, interpolation: 'bicubic', mean: [0], std: [1], ...vector },
  },
  {
    name: 'swin-radimagenet',
    description: 'Swin Transformer, supervised on RadImageNet.',
    dimension: null,
    licence: 'MIT',
    weights: 'https://github.com/BMEII-AI/RadImageNet',
    config: { ...image, interpolation: 'bilinear', mean: [0.5], std: [0.5], ...vector },
  },
  {
    name: 'resnet50-radimagenet',
    description: 'ResNet50, supervised on RadImageNet (2022).',
    dimension: 2048,
    licence: 'MIT',
    weights: 'https://github.com/BMEII-AI/RadImageNet',
    config: { ...image, interpolation: 'bilinear', mean: [0.5], std: [0.5], ...vector },
  },
  {
    name: 'resnet50-fractal',
    description: 'ResNet50, supervised on rendered fractals (FractalDB, 2020), no real image at all.',
    dimension: 2048,
    licence: 'MIT',
    weights: 'https://github.com/hirokatsukataoka16/FractalDB-Pretrained-ResNet-PyTorch',
    config: { ...image, interpolation: 'bilinear', mean: [0.2], std: [0.5], ...vector },
  },
];
