import { expect, it } from 'vitest';
import { fieldOfViewAt, fieldsOfView } from './field-of-view.js';
import { assignSplits } from './split.js';

it.each([
  [5, 0],
  [10, 5],
  [25, 5],
  [50, 10],
])('keeps of %d volumes %d for testing, equally many of each field of view', (total, expected) => {
  const splits = assignSplits(9, total);
  expect(splits).toHaveLength(total);
  const tested = splits.flatMap((split, index) => (split === 'test' ? [fieldOfViewAt(9, index)] : []));
  expect(tested).toHaveLength(expected);
  for (const view of fieldsOfView) {
    expect(tested.filter((other) => other === view)).toHaveLength(expected / fieldsOfView.length);
  }
});
