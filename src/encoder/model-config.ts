import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fromSystemError, VoxseekError } from '../errors.js';
import { poolings } from './pooling.js';
import { type HounsfieldWindow, parseWindows } from './window.js';

const pixels = z.int().min(1).max(8192);
const positive = z.number().positive();

/** One number for all channels (plain or in brackets), or one for each of three. */
export function perChannel(item: z.ZodNumber, meaning: string) {
  return z.union(
    [
      item.transform((value): number[] => [value]),
      z.tuple([item]).transform((values): number[] => values),
      z.tuple([item, item, item]).transform((values): number[] => values),
    ],
    { error: `must be one ${meaning} or three of them` },
  );
}

const windowText = z.union([z.string(), z.tuple([z.number(), z.number()])]);

/** A name, "LOW:HIGH" or [low, high], or three of these (in text: with commas between). */
const windowSchema = z
  .union([windowText, z.tuple([windowText, windowText, windowText])], {
    error: 'must be the name of a window, "LOW:HIGH", [low, high], or three of these in brackets',
  })
  .transform((window, context): readonly HounsfieldWindow[] => {
    const isThree = Array.isArray(window) && window.length === 3;
    const parts = isThree ? window : [window];
    try {
      // All forms go through the one parser, and so through its checks.
      return parseWindows(parts.map((part) => (typeof part === 'string' ? part : part.join(':'))).join(','));
    } catch (error) {
      if (!(error instanceof VoxseekError)) throw error;
      context.addIssue({ code: 'custom', message: `${error.reason}. ${error.advice}` });
      return z.NEVER;
    }
  });

/**
 * The JSON beside a model. Every field is optional here, because a folder or the model itself may know it;
 * what must be there in the end is decided where the model is known.
 */
const modelConfigSchema = z.strictObject({
  inputSize: z
    .union([pixels.transform((size): [number, number] => [size, size]), z.tuple([pixels, pixels])], {
      error: 'must be a whole number of pixels (1 to 8192), or [height, width]',
    })
    .optional(),
  mean: perChannel(z.number(), 'number').optional(),
  std: perChannel(positive, 'positive number').optional(),
  rescale: positive.optional(),
  channels: z.union([z.literal(1), z.literal(3)]).optional(),
  interpolation: z.enum(['bilinear', 'bicubic']).optional(),
  window: windowSchema.optional(),
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
