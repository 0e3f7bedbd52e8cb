import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fromSystemError, VoxseekError } from '../../errors.js';
import type { ReportList } from '../schemas.js';

type Report = ReportList['reports'][number];

/** What a benchmark's folder must hold to be one. */
const resultsName = 'results.json';
const tablesName = 'tables';
const fileNames = /^(report\.html|report\.md|results\.json)$/;
const tableNames = /^[^/\\]+\.csv$/;

/** What is read of a results.json here; src/benchmark/results/schema.ts has all of it. */
const resultsSummary = z.object({
  dataset: z.object({ name: z.string() }),
  environment: z.object({ date: z.string() }),
});

/**
 * Results of `voxseek bench` in one folder: the folder itself, or folders in it. Only the files that a benchmark
 * writes are seen, and no symbolic links.
 */
export class ReportFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * @returns the latest first; empty where the folder is not there.
   * @throws VoxseekError FILE_NOT_READABLE
   */
  async reports(): Promise<Report[]> {
    const found = await Promise.all((await this.#places()).map(({ name, path }) => reportIn(name, path)));
    return found
      .filter((report) => report !== undefined)
      .sort((a, b) => compare(b.createdAt, a.createdAt) || compare(a.name, b.name));
  }

  /**
   * @param file as {@link reports} lists it.
   * @returns its path.
   * @throws VoxseekError REPORT_UNKNOWN
   */
  async file(name: string, file: string): Promise<string> {
    const place = (await this.#places()).find((candidate) => candidate.name === name);
    const report = place && (await reportIn(name, place.path));
    if (report === undefined) throw new VoxseekError('REPORT_UNKNOWN', 'there is no such report');
    if (report.files.includes(file)) return join(place!.path, file);
    throw new VoxseekError('REPORT_UNKNOWN', 'the report has no such file', {
      advice: `Its files are: ${report.files.join(', ')}.`,
    });
  }

  async #places(): Promise<{ name: string; path: string }[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch((error: unknown) => {
      const known = fromSystemError(error, this.folder);
      if (known.code === 'FILE_NOT_FOUND') return [];
      throw known;
    });
    const inside = entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ name, path: join(this.folder, name) }));
    return [{ name: basename(this.folder), path: this.folder }, ...inside];
  }
}

async function reportIn(name: string, path: string): Promise<Report | undefined> {
  const results = await lstat(join(path, resultsName)).catch(() => undefined);
  if (!results?.isFile()) return undefined;
  const top = await filesOf(path, fileNames);
  const tables = await filesOf(join(path, tablesName), tableNames);
  const summary = await readSummary(join(path, resultsName));
  return {
    name,
    title: summary?.dataset.name ?? name,
    createdAt: summary?.environment.date ?? results.mtime.toISOString(),
    files: [...top, ...tables.map((table) => `${tablesName}/${table}`)],
  };
}

async function filesOf(folder: string, names: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && names.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}

/** @returns undefined where the file is broken: its report can be read all the same. */
async function readSummary(path: string): Promise<z.infer<typeof resultsSummary> | undefined> {
  try {
    return resultsSummary.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
