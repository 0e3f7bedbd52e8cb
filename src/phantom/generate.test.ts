import { describe, expect, it } from 'vitest';
import { type TotalSegmentatorV1Name, totalSegmentatorV1 } from '../volume/totalsegmentator-v1.js';
import { fieldOfViewAt, fieldsOfView } from './field-of-view.js';
import { generatePhantom, orientations, type Phantom } from './generate.js';
import { drawSubject } from './subject.js';

/** Voxels, centroid (RAS mm) and median attenuation of every label that occurs; its rim is half something else. */
function measure(phantom: Phantom) {
  const { data, size, affine } = phantom.mask;
  const sums = new Map<number, { voxels: number; ijk: [number, number, number]; hounsfield: number[] }>();
  for (let voxel = 0; voxel < data.length; voxel++) {
    const label = data[voxel]!;
    if (label === 0) continue;
    const sum = sums.get(label) ?? { voxels: 0, ijk: [0, 0, 0], hounsfield: [] };
    sum.voxels++;
    sum.ijk[0] += voxel % size[0];
    sum.ijk[1] += Math.floor(voxel / size[0]) % size[1];
    sum.ijk[2] += Math.floor(voxel / (size[0] * size[1]));
    sum.hounsfield.push(phantom.image.data[voxel]!);
    sums.set(label, sum);
  }
  const result = new Map<
    TotalSegmentatorV1Name,
    { voxels: number; centre: readonly number[]; hounsfield: number }
  >();
  for (const [label, { voxels, ijk, hounsfield }] of sums) {
    const median = hounsfield.sort((a, b) => a - b)[hounsfield.length >> 1]!;
    const [i, j, k] = ijk.map((sum) => sum / voxels) as [number, number, number];
    const centre = [0, 4, 8].map(
      (row) => affine[row]! * i + affine[row + 1]! * j + affine[row + 2]! * k + affine[row + 3]!,
    );
    result.set(totalSegmentatorV1[label - 1]!, { voxels, centre, hounsfield: median });
  }
  return result;
}

const phantoms = Array.from({ length: 10 }, (_, index) => generatePhantom({ seed: 3, index }));
const measured = phantoms.map((phantom) => ({ phantom, structures: measure(phantom) }));
const ofView = (...views: string[]) => measured.filter(({ phantom }) => views.includes(phantom.fieldOfView));

describe('totalSegmentatorV1', () => {
  it('has the 104 names of version 1, each once', () => {
    expect(totalSegmentatorV1).toHaveLength(104);
    expect(new Set(totalSegmentatorV1).size).toBe(104);
    // Numbers in the class map of TotalSegmentator v1.
    expect(totalSegmentatorV1[0]).toBe('spleen');
    expect(totalSegmentatorV1[17]).toBe('vertebrae_L5');
    expect(totalSegmentatorV1[40]).toBe('vertebrae_C1');
    expect(totalSegmentatorV1[57]).toBe('rib_left_1');
    expect(totalSegmentatorV1[80]).toBe('rib_right_12');
    expect(totalSegmentatorV1[103]).toBe('urinary_bladder');
  });
});

describe('generatePhantom', () => {
  it('gives the same voxels for the same seed and index, and others for others', () => {
    const again = generatePhantom({ seed: 3, index: 1 });
    expect(Buffer.compare(bytes(again), bytes(phantoms[1]!))).toBe(0);
    expect(again.mask.data).toEqual(phantoms[1]!.mask.data);
    expect(again.image.affine).toEqual(phantoms[1]!.image.affine);
    const view = phantoms[1]!.fieldOfView;
    const otherSeed = generatePhantom({ seed: 4, index: 1, fieldOfView: view });
    const otherIndex = generatePhantom({ seed: 3, index: 2, fieldOfView: view });
    expect(Buffer.compare(bytes(otherSeed), bytes(again))).not.toBe(0);
    expect(Buffer.compare(bytes(otherIndex), bytes(again))).not.toBe(0);
  });

  it('takes every field of view once in five volumes', () => {
    for (const start of [0, 5]) {
      const views = phantoms.slice(start, start + 5).map((phantom) => phantom.fieldOfView);
      expect([...views].sort()).toEqual([...fieldsOfView].sort());
    }
    expect(fieldOfViewAt(3, 7)).toBe(phantoms[7]!.fieldOfView);
    expect(phantoms.map((phantom) => phantom.id).slice(0, 2)).toEqual(['s0001', 's0002']);
  });

  it('draws every one of the 104 structures in some volume', () => {
    const seen = new Set(measured.flatMap(({ structures }) => [...structures.keys()]));
    expect(totalSegmentatorV1.filter((name) => !seen.has(name))).toEqual([]);
  });

  it('keeps image and mask on one grid whose affine says the spacing', () => {
    for (const { image, mask } of phantoms) {
      expect(image.data).toBeInstanceOf(Int16Array);
      expect(mask.data).toBeInstanceOf(Uint8Array);
      expect(image.data).toHaveLength(image.size[0] * image.size[1] * image.size[2]);
      expect(mask.size).toEqual(image.size);
      expect(mask.affine).toEqual(image.affine);
      expect([0, 5, 10].map((entry) => Math.abs(image.affine[entry]!))).toEqual([...image.spacing]);
      expect(mask.data.every((label: number) => label <= 104)).toBe(true);
    }
  });

  it('stores files in several orientations, and left is left in all of them', () => {
    const drawn = Array.from({ length: 10 }, (_, index) => phantoms[index]!.description.orientation);
    expect(new Set(drawn)).toEqual(new Set(orientations));
    for (const { phantom, structures } of measured) {
      const [x, y] = [phantom.image.affine[0]!, phantom.image.affine[5]!];
      const letters = `${x < 0 ? 'L' : 'R'}${y < 0 ? 'P' : 'A'}S`;
      expect(letters).toBe(phantom.description.orientation);
      for (const [name, { centre }] of structures) {
        const other = structures.get(name.replace('left', 'right') as TotalSegmentatorV1Name);
        if (name.includes('left') && other !== undefined && !name.startsWith('heart')) {
          expect(centre[0], `${name} in ${phantom.id}`).toBeLessThan(other.centre[0]!);
        }
      }
    }
    for (const { structures } of ofView('abdomen', 'trunk')) {
      expect(structures.get('liver')!.centre[0]).toBeGreaterThan(20);
      const spleen = structures.get('spleen');
      if (spleen !== undefined) expect(spleen.centre[0]).toBeLessThan(-50);
      expect(structures.get('stomach')!.centre[0]).toBeLessThan(0);
      // The spine is behind the bowel: anterior is positive.
      expect(structures.get('vertebrae_L2')!.centre[1]).toBeLessThan(
        structures.get('small_bowel')!.centre[1]!,
      );
    }
  });

  it('orders the structures of the trunk along the body', () => {
    const downwards: TotalSegmentatorV1Name[] = [
      'vertebrae_C7',
      'clavicula_left',
      'lung_upper_lobe_right',
      'heart_ventricle_left',
      'liver',
      'kidney_left',
      'vertebrae_L5',
      'urinary_bladder',
    ];
    for (const { structures } of ofView('trunk')) {
      const heights = downwards
        .filter((name) => structures.has(name))
        .map((name) => structures.get(name)!.centre[2]!);
      expect(heights.length).toBeGreaterThan(6);
      expect(heights).toEqual([...heights].sort((a, b) => b - a));
    }
    for (const { structures } of ofView('head-neck')) {
      expect(structures.get('brain')!.centre[2]).toBeGreaterThan(structures.get('vertebrae_C1')!.centre[2]!);
      expect(structures.get('vertebrae_C1')!.centre[2]).toBeGreaterThan(
        structures.get('vertebrae_C7')!.centre[2]!,
      );
      expect(structures.get('face')!.centre[1]).toBeGreaterThan(structures.get('brain')!.centre[1]!);
    }
  });

  it('numbers ribs and vertebrae from the head down', () => {
    for (const { structures } of ofView('trunk')) {
      const spine = totalSegmentatorV1.filter((name) => name.startsWith('vertebrae') && structures.has(name));
      // The list runs from L5 upwards.
      const heights = spine.map((name) => structures.get(name)!.centre[2]!);
      expect(heights).toEqual([...heights].sort((a, b) => a - b));
      for (let rib = 2; rib <= 10; rib++) {
        const height = (number: number) =>
          structures.get(`rib_left_${number}` as TotalSegmentatorV1Name)!.centre[2]!;
        expect(height(rib)).toBeLessThan(height(rib - 1));
      }
    }
  });

  it.each([
    ['lung_upper_lobe_left', -950, -600],
    ['lung_lower_lobe_right', -950, -600],
    ['vertebrae_L3', 150, 700],
    ['femur_left', 150, 900],
    ['hip_right', 150, 900],
    ['humerus_left', 150, 1100],
    ['liver', 20, 140],
    ['spleen', 35, 160],
    ['kidney_left', 20, 230],
    ['urinary_bladder', -10, 40],
    ['brain', 15, 60],
    ['aorta', 25, 380],
    ['gluteus_maximus_left', 25, 80],
    ['trachea', -1024, -300],
  ] as const)('gives %s, where a good part of it is seen, between %d and %d HU', (name, low, high) => {
    const found = measured
      .flatMap(({ structures }) => structures.get(name) ?? [])
      .filter(({ voxels }) => voxels > 400);
    expect(found.length).toBeGreaterThan(0);
    for (const { hounsfield } of found) {
      expect(hounsfield).toBeGreaterThan(low);
      expect(hounsfield).toBeLessThan(high);
    }
  });

  it('enhances arteries in the arterial phase, kidneys in both phases with contrast, nothing in the native', () => {
    for (const { phantom, structures } of ofView('abdomen', 'trunk')) {
      const aorta = structures.get('aorta')!.hounsfield;
      const { phase } = phantom.description;
      if (phase === 'native') expect(aorta).toBeLessThan(60);
      if (phase === 'arterial') expect(aorta).toBeGreaterThan(190);
      if (phase === 'portal') expect(aorta).toBeGreaterThan(100);
    }
    const phases = new Set(phantoms.map((phantom) => phantom.description.phase));
    expect(phases.size).toBe(3);
  });

  it.each([
    [
      'head-neck',
      ['brain', 'face', 'vertebrae_C3', 'trachea'],
      ['liver', 'heart_ventricle_left', 'urinary_bladder'],
    ],
    [
      'chest',
      ['lung_middle_lobe_right', 'heart_myocardium', 'pulmonary_artery', 'rib_left_6'],
      ['brain', 'urinary_bladder', 'femur_left'],
    ],
    [
      'abdomen',
      ['liver', 'pancreas', 'colon', 'vertebrae_L2', 'adrenal_gland_left'],
      ['brain', 'femur_left', 'clavicula_left', 'urinary_bladder'],
    ],
    [
      'pelvis',
      ['urinary_bladder', 'hip_left', 'femur_right', 'sacrum', 'gluteus_minimus_left'],
      ['brain', 'liver', 'spleen', 'lung_lower_lobe_left'],
    ],
    [
      'trunk',
      ['liver', 'heart_atrium_left', 'urinary_bladder', 'lung_upper_lobe_left', 'hip_right'],
      ['brain', 'face'],
    ],
  ] as const)('shows in %s what belongs there and nothing else', (view, present, absent) => {
    expect(ofView(view).length).toBe(2);
    for (const { structures } of ofView(view)) {
      expect(present.filter((name) => (structures.get(name)?.voxels ?? 0) < 20)).toEqual([]);
      expect(absent.filter((name) => structures.has(name))).toEqual([]);
    }
  });

  it('leaves out the organs that are missing', () => {
    const without = Array.from({ length: 400 }, (_, index) => index).find((index) => {
      return drawSubject(`3/${index}/abdomen`, 'abdomen').missing.has('kidney_left');
    });
    expect(without).toBeDefined();
    const phantom = generatePhantom({ seed: 3, index: without!, fieldOfView: 'abdomen' });
    const structures = measure(phantom);
    expect(structures.has('kidney_left')).toBe(false);
    expect(structures.has('kidney_right')).toBe(true);
  });

  it('makes bodies that differ in size and in what surrounds them', () => {
    const [first, second] = ofView('trunk').map(({ phantom }) => phantom);
    expect(first!.description.scale).not.toEqual(second!.description.scale);
    expect(first!.image.size).not.toEqual(second!.image.size);
    const liver = ofView('trunk', 'abdomen').map(
      ({ phantom, structures }) =>
        structures.get('liver')!.voxels *
        phantom.image.spacing.reduce((product, length) => product * length, 1),
    );
    // Livers of adults: about 0.9 to 2.5 litres.
    for (const volume of liver) {
      expect(volume).toBeGreaterThan(700_000);
      expect(volume).toBeLessThan(2_900_000);
    }
    expect(Math.max(...liver) / Math.min(...liver)).toBeGreaterThan(1.05);
  });
});

function bytes(phantom: Phantom): Buffer {
  const { data } = phantom.image;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
