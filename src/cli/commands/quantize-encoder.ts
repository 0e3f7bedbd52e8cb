import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { compareEncoders, type EncoderComparison } from '../../benchmark/quantization/compare-encoders.js';
import { calibrationSlices } from '../../benchmark/quantization/sample-slices.js';
import { createOnnxEncoder } from '../../encoder/onnx.js';
import { presetModelFile } from '../../encoder/presets/cache.js';
import { openPreset } from '../../encoder/presets/open-preset.js';
import { encoderPresets } from '../../encoder/presets/presets.js';
import type { WeightBits } from '../../encoder/quantize/integer-weights.js';
import { type QuantizedEncoder, quantizeEncoder } from '../../encoder/quantize/quantize-encoder.js';
import { weightBitsHere } from '../../encoder/quantize/weight-bits.js';
import { VoxseekError } from '../../errors.js';
import { wholeNumber } from '../arguments.js';
import { onInterruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { style } from '../style.js';
import { phantomsToCompare, volumesToCompare } from '../volumes-to-compare.js';

interface Options {
  readonly calibrate?: string;
  readonly convolutions?: true;
  readonly slices: number;
  readonly weightBits?: string;
  readonly threads?: number;
  readonly json?: true;
}

export function quantizeEncoderCommand(): Command {
  return (
    new Command('quantize')
      .description(
        'Write a copy of a float32 ONNX encoder whose dense layers multiply integers: faster, a quarter of the size, nearly the same embeddings. Then measure it beside the original.',
      )
      .argument(
        '<model>',
        'an .onnx file, a folder in the layout of transformers.js, or the name of a preset',
      )
      .argument('<out>', 'an .onnx file; for a folder, a folder')
      .option(
        '--calibrate <archive|folder>',
        'volumes to compare the two on, and to measure activations of convolutions on: an archive, or what ingest takes (default: phantoms)',
      )
      .option(
        '--convolutions',
        'rewrite convolutions too (ResNet and its kin gain; depthwise ones lose their likeness); needs --calibrate',
      )
      .option('--slices <n>', 'about how many slices to compare them on', wholeNumber, 256)
      .addOption(
        new Option(
          '--weight-bits <bits>',
          'of the integers that stand for weights (default: 8; 7 where the processor has no VNNI)',
        ).choices(['7', '8']),
      )
      .option('--threads <n>', 'threads to measure with (default: all cores)', wholeNumber)
      .option('--json', 'print the report as one JSON object (docs/encoders.md)')
      .addHelpText(
        'after',
        '\nExamples:\n  voxseek encoders quantize vit.onnx vit-q8.onnx --calibrate my-archive\n  voxseek encoders quantize dinov2/ dinov2/ && voxseek ingest A scans/ --encoder dinov2/ --dtype q8',
      )
      // `encoders` itself has --json too, and takes it wherever it stands.
      .action((model: string, out: string, _: Options, command: Command) =>
        quantize(model, out, command.optsWithGlobals()),
      )
  );
}

async function quantize(named: string, out: string, options: Options): Promise<void> {
  if (options.slices < 1 || options.threads === 0) {
    throw new VoxseekError('USAGE', 'at least one slice and one thread are needed', { subject: 'quantize' });
  }
  if (options.convolutions && options.calibrate === undefined) {
    throw new VoxseekError('USAGE', 'convolutions need volumes to measure their activations on', {
      subject: named,
      advice: 'Name your archive, or a folder of such scans as you have, with --calibrate.',
    });
  }
  const source =
    options.calibrate === undefined ? phantomsToCompare() : await volumesToCompare(options.calibrate);
  const warn = (message: string) =>
    void process.stderr.write(`${style('yellow', message, process.stderr)}\n`);
  const { threads = availableParallelism() } = options;
  const model = await modelPath(named, warn);
  const bits = options.weightBits === undefined ? await weightBitsHere() : toBits(options.weightBits);
  // Before it is rewritten: what cannot be opened is no encoder.
  const before = await createOnnxEncoder(model, { threads, onWarning: warn });
  let comparison: EncoderComparison;
  let quantized: QuantizedEncoder;
  const interruption = onInterruption((line) => void process.stderr.write(`${line}\n`));
  try {
    const calibration = options.convolutions
      ? await calibrationSlices(before, source.volumes, source.plane, warn)
      : undefined;
    quantized = await quantizeEncoder(model, out, bits, calibration);
    const isFolder = out !== quantized.modelFile;
    const { modelFile } = quantized;
    const after = await createOnnxEncoder(out, { threads, ...(isFolder && { dtype: 'q8' }) }).catch(
      async (error: unknown) => {
        // What onnxruntime cannot run is not left for somebody to find.
        await rm(modelFile, { force: true });
        throw error;
      },
    );
    let progress: Progress | undefined;
    try {
      comparison = await compareEncoders(before, after, source.volumes, {
        plane: source.plane,
        slices: options.slices,
        signal: interruption.signal,
        onWarning: warn,
        onProgress: (done, total, slices, id) => {
          progress ??= new Progress('Comparing', total, 'slices');
          progress.step(done, total, slices, id);
        },
      });
    } finally {
      progress?.end();
      await after.close();
    }
  } finally {
    interruption.dispose();
    await before.close();
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(quantizeJson(model, quantized, comparison, threads, source.description), null, 2)}\n`
      : `${describe(quantized, comparison, threads, source.description)}\n`,
  );
}

function toBits(text: string): WeightBits {
  return text === '7' ? 7 : 8;
}

/** A preset is fetched into the cache first. */
async function modelPath(named: string, onWarning: (message: string) => void): Promise<string> {
  const preset = encoderPresets.find(({ name }) => name === named);
  if (preset === undefined) return named;
  await (await openPreset(preset, { onWarning })).close();
  return presetModelFile(preset);
}

/** docs/encoders.md describes every field. */
function quantizeJson(
  model: string,
  { modelFile, layers, weights, convolutions, bits, bytesBefore, bytesAfter }: QuantizedEncoder,
  { volumes, slices, cosine, cosineBetweenVolumes, slicesPerSecond, speedup, retrieval }: EncoderComparison,
  threads: number,
  comparedOn: string,
) {
  return {
    model,
    written: modelFile,
    layers,
    weights,
    convolutions,
    weightBits: bits,
    bytes: { before: bytesBefore, after: bytesAfter },
    comparedOn,
    volumes,
    slices,
    threads,
    slicesPerSecond,
    speedup,
    cosine,
    cosineBetweenVolumes,
    retrieval,
  };
}

function describe(
  { modelFile, layers, weights, convolutions, bits, bytesBefore, bytesAfter }: QuantizedEncoder,
  { volumes, slices, cosine, cosineBetweenVolumes, slicesPerSecond, speedup, retrieval }: EncoderComparison,
  threads: number,
  comparedOn: string,
): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const between =
    cosineBetweenVolumes === null
      ? ''
      : ` (different volumes among themselves: ${cosineBetweenVolumes.toFixed(3)})`;
  return [
    `${style('bold', modelFile)}: ${layers} dense layers, ${(weights / 1e6).toFixed(1)} million weights of ${bits} bits; ${convolutions.integer} convolutions in integers, ${convolutions.float} left in float32`,
    `size       ${megabytes(bytesBefore)} -> ${megabytes(bytesAfter)}`,
    `compared   on ${slices} slices of ${volumes} volumes (${comparedOn}), ${threads} threads`,
    `speed      ${slicesPerSecond.before.toFixed(1)} -> ${slicesPerSecond.after.toFixed(1)} slices/s: ${speedup.toFixed(2)} times`,
    `cosine     mean ${cosine.mean.toFixed(5)}, worst ${cosine.worst.toFixed(5)}${between}`,
    ...(retrieval === null
      ? []
      : [
          `retrieval  nearest slice of another volume the same for ${share(retrieval.sameNearestSlice)} of the slices, its volume for ${share(retrieval.sameNearestVolume)};`,
          `           best volume the same for ${share(retrieval.sameTop1)} of the volumes, ${share(retrieval.sameTop10)} of the ten best stay`,
        ]),
  ].join('\n');
}
