import { type FieldOfView, fieldOfViewAt, fieldsOfView } from './field-of-view.js';

export type Split = 'train' | 'test';

/**
 * For each field of view the second volume, the seventh, the twelfth and so on is for testing: a fifth of all,
 * and one of each kind as soon as there are two.
 */
export function assignSplits(seed: number, total: number): Split[] {
  const seen = new Map<FieldOfView, number>();
  return Array.from({ length: total }, (_, index) => {
    const fieldOfView = fieldOfViewAt(seed, index);
    const count = seen.get(fieldOfView) ?? 0;
    seen.set(fieldOfView, count + 1);
    return count % fieldsOfView.length === 1 ? 'test' : 'train';
  });
}
