import type { ReportList } from '../../../src/server/schemas.js';

export type Report = ReportList['reports'][number];

/** @returns path after /v1/ of a file of a report; tables lie in a folder of their own. */
export function reportPath(report: string, file: string): string {
  return ['reports', report, ...file.split('/')].map(encodeURIComponent).join('/');
}

/** The files of a report by what they are for. */
export interface ReportFiles {
  readonly page: string | null;
  /** For programs and other documents: results.json, report.md. */
  readonly data: readonly string[];
  readonly tables: readonly string[];
}

export function reportFiles({ files }: Report): ReportFiles {
  return {
    page: files.find((file) => file === 'report.html') ?? null,
    data: files.filter((file) => file === 'results.json' || file === 'report.md'),
    tables: files.filter((file) => file.endsWith('.csv')),
  };
}

/** @returns a table's file name as it is read: "tables/region.coarse.csv" is "region, coarse". */
export function tableName(file: string): string {
  return file
    .replace(/^tables\//, '')
    .replace(/\.csv$/, '')
    .replaceAll('.', ', ');
}
