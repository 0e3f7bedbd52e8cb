import { copyFile, mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fromWriteError, VoxseekError } from '../../errors.js';
import { joinPieces, type Pieces } from '../../protobuf.js';
import { writeWhole } from '../../write-whole.js';
import { locateModel, type ModelSource } from '../model-source.js';
import { readModelFile } from '../onnx-weights.js';
import { type CalibrationSlices, measureRanges } from './activation-ranges.js';
import { inlineExternalData } from './external-data.js';
import type { WeightBits } from './integer-weights.js';
import { assertOperatorSet, parseModel, whileReading } from './onnx-model.js';
import { ConvolutionPlan, quantizeConvolutions } from './quantize-convolutions.js';
import { quantizeDense } from './quantize-dense.js';

/** The first version of the operators of ONNX whose DequantizeLinear has a scale for each channel. */
const oldestPerChannelSet = 13;

/** What became of a model. */
export interface QuantizedEncoder {
  /** The file that was written. */
  readonly modelFile: string;
  /** Dense layers that multiply integers now, and how many weights they have. */
  readonly layers: number;
  readonly weights: number;
  /** Convolutions that do so, and that are left in float32. */
  readonly convolutions: { readonly integer: number; readonly float: number };
  readonly bits: WeightBits;
  /** Of the model, with its external data, and of what was written. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * Writes a copy of a float32 ONNX encoder whose dense layers multiply integers ({@link quantizeDense}), and where
 * slices are given its convolutions too ({@link quantizeConvolutions}), with its configuration: to open it, nothing
 * else is needed.
 *
 * @param path an .onnx file, or a folder in the layout of transformers.js.
 * @param out for a file: another .onnx file, beside which the JSON of the model is put; for a folder: a folder, where
 *   it becomes onnx/model_quantized.onnx. This may be the folder itself: the dtype `q8` chooses it there.
 * @param calibration slices to measure the ranges of activations on, for convolutions.
 * @throws VoxseekError ENCODER_INVALID, FILE_NOT_FOUND, FILE_NOT_READABLE; USAGE where `out` does not fit;
 *   STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export async function quantizeEncoder(
  path: string,
  out: string,
  bits: WeightBits,
  calibration?: CalibrationSlices,
): Promise<QuantizedEncoder> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const source = await locateModel(path, {});
  assertOutFits(source, isFolder, out);
  const written = isFolder
    ? join(out, 'onnx', basename(source.modelFile).replace(/^((?:vision_)?model).*$/, '$1_quantized.onnx'))
    : out;
  if (resolve(written) === resolve(source.modelFile)) {
    throw new VoxseekError('USAGE', 'the model would be replaced by its quantized copy', {
      subject: out,
      advice: 'Name another file.',
    });
  }
  const file = source.modelFile;
  const content = await readModelFile(file);
  const whole = await inlineExternalData(content, dirname(file), file);
  const convolutions = calibration && (await convolutionsAsIntegers(whole, bits, file, calibration));
  const quantized = whileReading(file, () =>
    quantizeDense(parseModel(convolutions?.content ?? whole, file), bits, file),
  );
  const integer = convolutions?.count ?? 0;
  const float = quantized.convolutions - integer;
  assertSomethingGained(quantized.layers + integer, float, calibration !== undefined, file);
  await mkdir(dirname(written), { recursive: true }).catch((error: unknown) => {
    throw fromWriteError(error, dirname(written));
  });
  await copyConfiguration(source, isFolder, path, out);
  await writeWhole(written, (temporary) => writePieces(temporary, quantized.content));
  return {
    modelFile: written,
    layers: quantized.layers,
    weights: quantized.weights,
    convolutions: { integer, float },
    bits,
    bytesBefore: whole.length,
    bytesAfter: quantized.content.reduce((sum, piece) => sum + piece.length, 0),
  };
}

async function convolutionsAsIntegers(
  whole: Uint8Array,
  bits: WeightBits,
  file: string,
  calibration: CalibrationSlices,
): Promise<{ content: Uint8Array; count: number }> {
  const model = whileReading(file, () => parseModel(whole, file));
  assertOperatorSet(model, oldestPerChannelSet, file);
  const plan = whileReading(file, () => new ConvolutionPlan(model.graph));
  const ranges = await measureRanges(model, [...plan.activations], calibration, file);
  const { content, convolutions } = whileReading(file, () =>
    quantizeConvolutions(model, plan, ranges, bits, file),
  );
  return { content: joinPieces(content), count: convolutions };
}

function assertSomethingGained(rewritten: number, float: number, wasCalibrated: boolean, file: string): void {
  if (rewritten > 0) return;
  const convolutions = float === 0 || wasCalibrated ? '' : `${float} convolutions, but `;
  throw new VoxseekError(
    'ENCODER_INVALID',
    `has ${convolutions}no dense layer with constant float32 weights: there is nothing to quantize`,
    {
      subject: file,
      advice:
        convolutions === ''
          ? 'Use it as it is.'
          : 'Use it as it is, or try --convolutions; docs/encoders.md says which networks gain.',
    },
  );
}

function assertOutFits({ modelFile }: ModelSource, isFolder: boolean, out: string): void {
  const isFile = extname(out).toLowerCase() === '.onnx';
  if (isFile !== isFolder) return;
  throw new VoxseekError(
    'USAGE',
    isFolder ? 'the model is a folder, so this has to be one' : 'it does not end in .onnx',
    {
      subject: out,
      advice: isFolder
        ? 'Name a folder; it gets the configuration and onnx/model_quantized.onnx.'
        : `Name a file, such as ${basename(modelFile, '.onnx')}-q8.onnx.`,
    },
  );
}

async function copyConfiguration(
  source: ModelSource,
  isFolder: boolean,
  path: string,
  out: string,
): Promise<void> {
  const copies = isFolder
    ? ['config.json', 'preprocessor_config.json'].map((name) => [join(path, name), join(out, name)] as const)
    : source.config === undefined
      ? []
      : [[source.configFile, out.replace(/\.onnx$/i, '.json')] as const];
  for (const [from, to] of copies) {
    if (resolve(from) !== resolve(to)) await writeWhole(to, (temporary) => copyFile(from, temporary));
  }
}

async function writePieces(path: string, pieces: Pieces): Promise<void> {
  const handle = await open(path, 'w');
  try {
    for (const piece of pieces) {
      for (let done = 0; done < piece.length; ) {
        done += (await handle.write(piece, done)).bytesWritten;
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
