import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Real volumes (VOXSEEK_TEST_DATA, else ../shared/data beside the repository); not part of the project. */
export const sharedData = process.env.VOXSEEK_TEST_DATA ?? resolve(repository, '../shared/data');
/** Real ONNX encoders (VOXSEEK_TEST_MODELS, else ../shared/models beside the repository). */
export const sharedModels = process.env.VOXSEEK_TEST_MODELS ?? resolve(repository, '../shared/models');

const haveData = existsSync(join(sharedData, 'cohort.csv'));
const haveModels = existsSync(join(sharedModels, 'mobilenetv2_imagenet.onnx'));

/** A suite that needs the real volumes: skipped, with the reason in its title, where they are missing. */
export function describeWithData(title: string, suite: () => void): void {
  if (haveData) describe(title, suite);
  else describe.skip(`${title} [skipped: no real volumes; set VOXSEEK_TEST_DATA]`, suite);
}

/** A suite that needs the real ONNX encoders: skipped, with the reason in its title, where they are missing. */
export function describeWithModels(title: string, suite: () => void): void {
  if (haveModels) describe(title, suite);
  else describe.skip(`${title} [skipped: no ONNX models; set VOXSEEK_TEST_MODELS]`, suite);
}

/** A suite that needs both. */
export function describeWithDataAndModels(title: string, suite: () => void): void {
  if (haveData && haveModels) describe(title, suite);
  else
    describe.skip(
      `${title} [skipped: no real volumes or models; set VOXSEEK_TEST_DATA and VOXSEEK_TEST_MODELS]`,
      suite,
    );
}
