import { expect, it } from 'vitest';
import { examination } from './examination.js';

it('names the modality once', () => {
  expect(examination({ modality: 'CT', region: 'ct thorax' })).toBe('CT thorax');
  expect(examination({ modality: 'MR', region: 'head T1W' })).toBe('MR head T1W');
  expect(examination({ modality: 'CT', region: 'ctenoid' })).toBe('CT ctenoid');
  expect(examination({ modality: 'CT', region: null })).toBe('CT');
});
