import { describe, expect, it } from 'vitest';
import { labelledSlicesFixture } from '../../../tests/labelled-slices-fixture.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { annotatedOnly } from '../annotated-only.js';
import { classMap } from '../class-maps/class-map.js';
import { annotatedNames, withAnnotations } from './annotations.js';
import type { LabelledSource } from './labelled-source.js';

const map = classMap('organs', 'this test', {
  kidney: ['kidney_left', 'kidney_right', 'kidney'],
  liver: ['liver'],
  nowhere: ['tail'],
});
const slice = { vector: [1, 0], voxels: { kidney: 7, liver: 3 } };
const source = (ids: readonly string[]): LabelledSource => ({
  ...labelledSlicesFixture(
    map.classes,
    ids.map((id) => ({ id, slices: [slice] })),
  ),
  leftOut: [],
  labelsWithoutClass: [],
});
const entry = (id: string, annotated?: readonly string[]): VolumeEntry => ({
  id,
  image: `${id}.nii`,
  ...(annotated && { annotated }),
});
const labels = ['kidney_left', 'kidney_right', 'liver'];

describe('withAnnotations', () => {
  it('takes a class for looked for where all of its labels were that the data set has', () => {
    const entries = [
      entry('a', ['kidney_left', 'kidney_right']),
      entry('b', ['kidney_left', 'liver']),
      entry('c'),
      entry('d', []),
    ];
    const { annotated } = withAnnotations(source(['a', 'b', 'c', 'd']), entries, map, labels);
    // kidney, liver, and a class that the data set does not have: there is nothing to look for.
    expect([...annotated!]).toEqual([1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1]);
  });

  it('says nothing where every class was looked for everywhere', () => {
    const side = source(['a', 'b']);
    expect(withAnnotations(side, [entry('a', [...labels, 'other']), entry('b')], map, labels)).toBe(side);
  });

  it('names what was looked for once', () => {
    expect(annotatedNames([entry('a', ['x', 'y']), entry('b'), entry('c', ['y', 'z'])])).toEqual([
      'x',
      'y',
      'z',
    ]);
  });
});

describe('annotatedOnly', () => {
  it('drops the voxels of what was not looked for', () => {
    const entries = [entry('a', ['liver']), entry('b')];
    const side = withAnnotations(source(['a', 'b']), entries, map, labels);
    expect([...annotatedOnly(side).voxels]).toEqual([0, 3, 0, 7, 3, 0]);
    expect([...side.voxels]).toEqual([7, 3, 0, 7, 3, 0]);
    expect(annotatedOnly(source(['a']))).toEqual(source(['a']));
  });
});
