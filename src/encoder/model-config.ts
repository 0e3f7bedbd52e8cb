import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fromSystemError, VoxseekError } from '../errors.js';
import { poolings } from './pooling.js';
import { type HounsfieldWindow, parseWindows } from './window.js';

const pixels = z.int().min(1).max(8192);
const positive = z.number().positive();

/** One number for all channels (plain or in brackets), or one for each of three. */
export function perChannel<Item extends z.ZodType<number>>(item: Item) {
  return z.union([
    item.transform((value): number[] => [value]),
    z.array(item).refine(({ length }) => length === 1 || length === 3, { message: 'one or three numbers' }),
  ]);
}

const interval = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, { message: 'the lower end must be below the upper end' });

/** A window as parseWindows reads it, with its complaint as an issue of the schema. */
function windowsOf(text: string, context: z.core.$RefinementCtx): readonly HounsfieldWindow[] {
  try {
    return parseWindows(text);
  } catch (error) {
    if (!(error instanceof VoxseekError)) throw error;
    context.addIssue({ code: 'custom', message: `${error.reason}; ${error.advice}` });
    return z.NEVER;
  }
}

const windowText = z.string().transform(windowsOf);
const windowInterval = interval.transform(([low, high]): readonly HounsfieldWindow[] => [{ low, high }]);
const oneWindow = z
  .union([z.string(), interval])
  .transform((window, context) =>
    typeof window === 'string' ? windowsOf(window, context) : [{ low: window[0], high: window[1] }],
  );
const threeWindows = z
  .tuple([oneWindow, oneWindow, oneWindow])
  .transform((windows): readonly HounsfieldWindow[] => windows.flat())
  .refine((windows) => windows.length === 3, { message: 'each of the three must be a single window' });

/**
 * The JSON beside a model. Every field is optional here, because a folder or the model itself may know it;
 * what must be there in the end is decided where the model is known.
 */
const modelConfigSchema = z.strictObject({
  inputSize: z
    .union([pixels.transform((size): [number, number] => [size, size]), z.tuple([pixels, pixels])])
    .optional(),
  mean: perChannel(z.number()).optional(),
  std: perChannel(positive).optional(),
  rescale: positive.optional(),
  channels: z.union([z.literal(1), z.literal(3)]).optional(),
  interpolation: z.enum(['bilinear', 'bicubic']).optional(),
  window: z.union([windowText, windowInterval, threeWindows]).optional(),
  input: z.string().min(1).optional(),
  output: z.string().min(1).optional(),
  pooling: z.enum(poolings).optional(),
  batchSize: z.int().min(1).max(1024).optional(),
});

export type ModelConfig = z.output<typeof modelConfigSchema>;

/** A configuration to start from, as a user would write it. */
export const exampleModelConfig =
  '{"inputSize": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "pooling": "none", "window": "wide"}';

/** The content of a JSON file. */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromSystemError(error, file);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new VoxseekError(
      'ENCODER_INVALID',
      `is not JSON (${error instanceof Error ? error.message : error})`,
      {
        subject: file,
        cause: error,
      },
    );
  }
}

/** Checks JSON of a configuration file against a schema; every complaint of the schema is in the error. */
export function checkJson<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
  file: string,
): z.output<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const reason = result.error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
  throw new VoxseekError('ENCODER_INVALID', reason, { subject: file, cause: result.error });
}

/**
 * Reads the JSON configuration of an ONNX encoder (docs/encoders.md lists its fields).
 *
 * @throws VoxseekError ENCODER_INVALID with every field that is wrong; FILE_NOT_FOUND, FILE_NOT_READABLE.
 */
export async function readModelConfig(file: string): Promise<ModelConfig> {
  try {
    return checkJson(modelConfigSchema, await readJson(file), file);
  } catch (error) {
    if (!(error instanceof VoxseekError) || error.code !== 'ENCODER_INVALID') throw error;
    throw new VoxseekError('ENCODER_INVALID', error.reason, {
      subject: file,
      advice: `To start from: ${exampleModelConfig}`,
      cause: error,
    });
  }
}
