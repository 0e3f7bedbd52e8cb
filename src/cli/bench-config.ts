import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { modes, rankings } from '../benchmark/outcomes.js';
import { listEncoders } from '../encoder/catalog.js';
import { dtypes } from '../encoder/transformers-folder.js';
import { parseWindows } from '../encoder/window.js';
import { fromSystemError, VoxseekError } from '../errors.js';
import { indexNames } from '../index/open-index.js';

const schema = z.strictObject({
  dataset: z.string().exactOptional(),
  out: z.string().exactOptional(),
  name: z.string().exactOptional(),
  encoders: z
    .array(
      z.strictObject({
        encoder: z.string(),
        config: z.string().exactOptional(),
        window: z.string().exactOptional(),
        dtype: z.enum(dtypes).exactOptional(),
      }),
    )
    .exactOptional(),
  embeddings: z
    .array(z.strictObject({ name: z.string(), matrix: z.string(), slices: z.string() }))
    .exactOptional(),
  indexes: z.array(z.enum(indexNames)).exactOptional(),
  modes: z.array(z.enum(modes)).exactOptional(),
  rank: z.array(z.enum(rankings)).exactOptional(),
  classes: z.array(z.string()).exactOptional(),
  queries: z.string().exactOptional(),
  database: z.string().exactOptional(),
  splits: z.union([z.string(), z.array(z.string())]).exactOptional(),
  caseLabels: z.array(z.string()).exactOptional(),
  minVoxels: z.int().min(1).exactOptional(),
});

/**
 * Reads the options of a benchmark from a JSON file; paths in it are relative to the file.
 *
 * @throws VoxseekError USAGE (naming the field), FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readBenchConfig(path: string) {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new VoxseekError('USAGE', `not JSON: ${error instanceof Error ? error.message : error}`, {
      subject: path,
    });
  }
  const { data, error } = schema.safeParse(json);
  if (error) {
    throw new VoxseekError('USAGE', z.prettifyError(error).replaceAll('\n', ' '), { subject: path });
  }
  const here = (relative: string) => resolve(dirname(path), relative);
  const isBuiltIn = (name: string) => listEncoders().some((listing) => listing.name === name);
  const { dataset, out, splits, caseLabels, encoders, embeddings, ...rest } = data;
  return {
    ...rest,
    ...(dataset !== undefined && { dataset: here(dataset) }),
    ...(out !== undefined && { out: here(out) }),
    ...(splits !== undefined && { splits: [splits].flat().map(here) }),
    ...(caseLabels && { caseLabels: caseLabels.map(here) }),
    ...(encoders && {
      encoders: encoders.map(({ encoder, config, window, dtype }) => ({
        encoder: isBuiltIn(encoder) ? encoder : here(encoder),
        ...(config !== undefined && { configFile: here(config) }),
        ...(window !== undefined && { windows: parseWindows(window) }),
        ...(dtype !== undefined && { dtype }),
      })),
    }),
    ...(embeddings && {
      embeddings: embeddings.map(({ name, matrix, slices }) => ({
        name,
        matrix: here(matrix),
        slices: here(slices),
      })),
    }),
  };
}
