import { describe, expect, it } from 'vitest';
import { reportFiles, reportPath, tableName } from './report-files.js';

describe('the files of a report', () => {
  it('are told apart by what they are for', () => {
    const files = ['report.html', 'report.md', 'results.json', 'tables/region.coarse.csv'];
    expect(reportFiles({ name: 'n', title: 't', createdAt: '', files })).toEqual({
      page: 'report.html',
      data: ['report.md', 'results.json'],
      tables: ['tables/region.coarse.csv'],
    });
    expect(reportFiles({ name: 'n', title: 't', createdAt: '', files: ['results.json'] }).page).toBeNull();
  });

  it('have addresses in which names may hold anything', () => {
    expect(reportPath('a b#?', 'tables/x.csv')).toBe('reports/a%20b%23%3F/tables/x.csv');
  });

  it('have readable names', () => {
    expect(tableName('tables/region.coarse.classes.csv')).toBe('region, coarse, classes');
  });
});
