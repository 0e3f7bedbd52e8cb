import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { standard, voxseek } from './codes.js';

const page = readFileSync(new URL('../../../docs/dicom-masks-and-reports.md', import.meta.url), 'utf8');
const documented = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]));

describe('the codes of structured reports', () => {
  it('of our own scheme are all documented, and no others', () => {
    expect(documented.sort()).toEqual(
      Object.values(voxseek)
        .map(({ value }) => value)
        .sort(),
    );
  });

  it.each(Object.values({ ...standard, ...voxseek }))('fit their elements: $scheme $value', (code) => {
    // Code Value and Coding Scheme Designator are SH, Code Meaning is LO (PS3.5 6.2).
    expect(code.value.length).toBeLessThanOrEqual(16);
    expect(code.scheme.length).toBeLessThanOrEqual(16);
    expect(code.meaning.length).toBeLessThanOrEqual(64);
  });
});
