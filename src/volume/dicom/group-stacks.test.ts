import { describe, expect, it } from 'vitest';
import {
  along,
  coronal,
  type Dataset,
  enhancedDataset,
  instancesOf,
  pixels,
  secondaryCapture,
  seriesDatasets,
} from '../../../tests/dicom-series.js';
import type { Vector3 } from '../volume.js';
import { type GroupedInstances, groupStacks } from './group-stacks.js';

const series = '2.25.1';

async function group(datasets: readonly Dataset[]): Promise<GroupedInstances> {
  return groupStacks(await instancesOf(datasets));
}

/** What each stack is made of: the z of its slices in their order. */
async function stacksOf(datasets: readonly Dataset[]): Promise<Record<string, number[]>> {
  const { stacks } = await group(datasets);
  return Object.fromEntries(stacks.map(({ id, frames }) => [id, frames.map(({ position }) => position![2])]));
}

function mr(attributes: Dataset, positions: readonly Vector3[] = along(3)): Dataset[] {
  return seriesDatasets({
    modality: 'MR',
    series,
    positions,
    attributes: { ImageType: ['ORIGINAL', 'PRIMARY', 'OTHER'], ...attributes },
  });
}

describe('groupStacks', () => {
  it('orders slices by their position along the normal, whatever their order and instance numbers', async () => {
    const [a, b, c, d] = seriesDatasets({ series, positions: along(4) });
    expect(await stacksOf([c!, a!, d!, b!])).toEqual({ [series]: [0, 2, 4, 6] });
    // Coronal, rows to the left and columns to the feet: the normal points to the back, +y of LPS.
    const positions = [30, 20, 10].map((y): Vector3 => [0, y, 0]);
    const { stacks } = await group(seriesDatasets({ series, positions, orientation: coronal }));
    expect(stacks[0]!.frames.map(({ position }) => position![1])).toEqual([10, 20, 30]);
  });

  it('gives the same stacks, whatever the order of the files', async () => {
    const datasets = [
      ...mr({ EchoTime: '10' }),
      ...mr({ EchoTime: '80' }),
      ...seriesDatasets({ series: '2.25.3', positions: along(3) }),
    ];
    const inOrder = await group(datasets);
    const reversed = await group(datasets.toReversed());
    const uids = ({ stacks }: GroupedInstances) =>
      stacks.map(({ id, frames }) => [id, frames.map(({ instance }) => instance.sopInstanceUid)]);
    expect(uids(reversed)).toEqual(uids(inOrder));
  });

  it('tells what is known of a stack', async () => {
    const { stacks } = await group(
      seriesDatasets({ series, positions: along(3), attributes: { SeriesDescription: 'Thorax 2.0' } }),
    );
    expect(stacks[0]).toMatchObject({
      id: series,
      studyInstanceUid: '2.25.21',
      seriesInstanceUid: series,
      frameOfReferenceUid: '2.25.22',
      modality: 'CT',
      bodyPart: 'CHEST',
      seriesDescription: 'Thorax 2.0',
      patientId: 'SECRET-1',
    });
  });

  describe('splits', () => {
    it.each<[string, Dataset[], Record<string, number[]>]>([
      [
        'orientations',
        [
          ...mr({}),
          ...mr(
            { ImageOrientationPatient: coronal.map(String) },
            [0, 5].map((y): Vector3 => [0, y, 9]),
          ),
        ],
        { [`${series}#axial`]: [0, 2, 4], [`${series}#coronal`]: [9, 9] },
      ],
      [
        'echoes',
        [...mr({ EchoTime: '4.92' }), ...mr({ EchoTime: '2.46' })],
        { [`${series}#echo-2.46`]: [0, 2, 4], [`${series}#echo-4.92`]: [0, 2, 4] },
      ],
      [
        'b-values, in the order of the numbers',
        ['50', '800', '400'].flatMap((b) => mr({ DiffusionBValue: Number(b) })),
        {
          [`${series}#b-50`]: [0, 2, 4],
          [`${series}#b-400`]: [0, 2, 4],
          [`${series}#b-800`]: [0, 2, 4],
        },
      ],
      [
        'gradient directions of one b-value, and its trace',
        [
          ...mr({ DiffusionBValue: 800, DiffusionGradientOrientation: [1, 0, 0] }),
          ...mr({ DiffusionBValue: 800, DiffusionGradientOrientation: [0, -0.6, 0.8] }),
          ...mr({ DiffusionBValue: 800 }),
          ...mr({ DiffusionBValue: 0 }),
        ],
        {
          [`${series}#b-0`]: [0, 2, 4],
          [`${series}#b-800+gradient-0_-0.6_0.8`]: [0, 2, 4],
          [`${series}#b-800+gradient-1_0_0`]: [0, 2, 4],
          [`${series}#b-800+no-gradient`]: [0, 2, 4],
        },
      ],
      [
        'magnitude, phase, real and imaginary',
        [
          ...mr({ ImageType: ['ORIGINAL', 'PRIMARY', 'M', 'ND'] }),
          ...mr({ ImageType: ['ORIGINAL', 'PRIMARY', 'P', 'ND'] }),
          ...mr({ ImageType: ['ORIGINAL', 'PRIMARY', 'R_FFE', 'R', 'FFE'] }),
          ...mr({ ImageType: ['ORIGINAL', 'PRIMARY', 'IMAGINARY'] }),
        ],
        {
          [`${series}#imaginary`]: [0, 2, 4],
          [`${series}#magnitude`]: [0, 2, 4],
          [`${series}#phase`]: [0, 2, 4],
          [`${series}#real`]: [0, 2, 4],
        },
      ],
      [
        'frame types at the same places',
        [
          ...mr({ ImageType: ['DERIVED', 'PRIMARY', 'DIXON', 'WATER'] }),
          ...mr({ ImageType: ['DERIVED', 'PRIMARY', 'DIXON', 'FAT'] }),
        ],
        { [`${series}#type-fat`]: [0, 2, 4], [`${series}#type-water`]: [0, 2, 4] },
      ],
      [
        'acquisitions at the same places',
        [...mr({ AcquisitionNumber: '1' }), ...mr({ AcquisitionNumber: '2' })],
        { [`${series}#acquisition-1`]: [0, 2, 4], [`${series}#acquisition-2`]: [0, 2, 4] },
      ],
      [
        'times at the same places, of which one is not complete',
        [1, 2, 3].flatMap((time) =>
          mr({ TemporalPositionIdentifier: String(time) }, along(time === 3 ? 2 : 3)),
        ),
        { [`${series}#time-1`]: [0, 2, 4], [`${series}#time-2`]: [0, 2, 4], [`${series}#time-3`]: [0, 2] },
      ],
      [
        'trigger times at the same places',
        [...mr({ TriggerTime: '0' }), ...mr({ TriggerTime: '35.5' })],
        { [`${series}#trigger-0`]: [0, 2, 4], [`${series}#trigger-35.5`]: [0, 2, 4] },
      ],
      [
        'sizes that each cover the range',
        [...mr({}), ...mr(pixels(8, 6, () => 0))],
        { [`${series}#size-4x3`]: [0, 2, 4], [`${series}#size-8x6`]: [0, 2, 4] },
      ],
      [
        'pixel spacings that each cover the range',
        [...mr({}), ...mr({ PixelSpacing: ['1', '1'] })],
        { [`${series}#size-4x3-0.75mm`]: [0, 2, 4], [`${series}#size-4x3-1mm`]: [0, 2, 4] },
      ],
    ])('%s', async (_, datasets, expected) => {
      const found = await stacksOf(datasets);
      expect(found).toEqual(expected);
      expect(Object.keys(found)).toEqual(Object.keys(expected));
    });

    it('phases whose slices lie beside each other, and not the interleaved halves of one scan', async () => {
      const acquisition = (n: number, start: number) =>
        mr({ AcquisitionNumber: String(n) }, along(5, 5, start));
      expect(await stacksOf([...acquisition(1, 0), ...acquisition(2, 2)])).toEqual({
        [`${series}#acquisition-1`]: [0, 5, 10, 15, 20],
        [`${series}#acquisition-2`]: [2, 7, 12, 17, 22],
      });
      expect(await stacksOf([...acquisition(1, 0), ...acquisition(2, 2.5)])).toEqual({
        [series]: [0, 2.5, 5, 7.5, 10, 12.5, 15, 17.5, 20, 22.5],
      });
    });

    it('fields of view side by side', async () => {
      const left = mr({}, along(3));
      const right = mr(
        {},
        along(3).map(([x, y, z]): Vector3 => [x + 90, y, z]),
      );
      expect(await stacksOf([...left, ...right])).toEqual({
        [`${series}#origin--10_-20`]: [0, 2, 4],
        [`${series}#origin-80_-20`]: [0, 2, 4],
      });
    });

    it('heart phases whose trigger times vary from slice to slice', async () => {
      const datasets = along(3).flatMap((position, k) =>
        ['systole', 'diastole'].flatMap((_, phase) =>
          mr({ TriggerTime: String(20 + 300 * phase + 7 * k) }, [position]),
        ),
      );
      const { stacks } = await group(datasets);
      expect(stacks.map(({ id, frames }) => [id, frames.map(({ triggerTime }) => triggerTime)])).toEqual([
        [`${series}#beat-phase-1`, [20, 27, 34]],
        [`${series}#beat-phase-2`, [320, 327, 334]],
      ]);
    });

    it('the echoes of one enhanced object', async () => {
      const frames = along(3).flatMap((position, k) => [
        { position, echoTime: 10, value: k },
        { position, echoTime: 80, value: 10 + k },
      ]);
      const { stacks } = await group([enhancedDataset(frames.toReversed(), { SeriesInstanceUID: series })]);
      expect(stacks.map(({ id, frames }) => [id, frames.map(({ index }) => index)])).toEqual([
        [`${series}#echo-10`, [5, 3, 1]],
        [`${series}#echo-80`, [4, 2, 0]],
      ]);
    });

    it('magnitude and phase within an enhanced object, by the component that each frame names', async () => {
      const components = ['PHASE', 'MAGNITUDE', 'PHASE', 'MAGNITUDE'];
      const dataset = enhancedDataset(
        components.map((_, k) => ({ position: [0, 0, 3 * Math.floor(k / 2)], echoTime: 10, value: k })),
        { SeriesInstanceUID: series },
      );
      const groups = dataset.PerFrameFunctionalGroupsSequence as Dataset[];
      const { stacks } = await group([
        {
          ...dataset,
          PerFrameFunctionalGroupsSequence: groups.map((own, k) => ({
            ...own,
            MRImageFrameTypeSequence: [
              {
                FrameType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'],
                ComplexImageComponent: components[k],
              },
            ],
          })),
        },
      ]);
      expect(stacks.map(({ id, frames }) => [id, frames.map(({ index }) => index)])).toEqual([
        [`${series}#magnitude`, [1, 3]],
        [`${series}#phase`, [0, 2]],
      ]);
    });

    it('two patients under one series, without a word of who they are', async () => {
      const positions = along(3);
      const of = (PatientID: string, PatientName: string) =>
        seriesDatasets({ series, positions, attributes: { PatientID, PatientName } });
      const grouped = await group([...of('SECRET-1', 'Secret^A'), ...of('SECRET-2', 'Secret^B')]);
      expect(grouped.stacks.map(({ id }) => id)).toEqual([`${series}#patient-1`, `${series}#patient-2`]);
      for (const { frames } of grouped.stacks) {
        expect(new Set(frames.map(({ instance }) => instance.patientName)).size).toBe(1);
        expect(frames).toHaveLength(3);
      }
      // Also where the same ID names two people, or the interleaved slices would make one even stack.
      const interleaved = await group([
        ...of('SECRET-1', 'Secret^A'),
        ...seriesDatasets({ series, positions: along(3, 2, 1), attributes: { PatientName: 'Secret^B' } }),
      ]);
      expect(interleaved.stacks.map(({ frames }) => frames.length)).toEqual([3, 3]);
    });
  });

  describe('does not split', () => {
    it('a CT acquired in steps that overlap by a slice', async () => {
      const step = (n: number) =>
        seriesDatasets({
          series,
          positions: along(4, 2, 6 * n),
          attributes: { AcquisitionNumber: String(n) },
        });
      const { stacks } = await group([...step(1), ...step(2), ...step(3)]);
      expect(stacks.map(({ id }) => id)).toEqual([series]);
      expect(stacks[0]!.geometry).toMatchObject({ sliceCount: 10, duplicatePositions: 2, gaps: [] });
    });

    it('slices that each have an acquisition number or a time of their own', async () => {
      const datasets = along(5).flatMap((position, k) =>
        mr({ AcquisitionNumber: String(k), TriggerTime: String(10 * k) }, [position]),
      );
      expect(await stacksOf(datasets)).toEqual({ [series]: [0, 2, 4, 6, 8] });
    });

    it('directions that differ by rounding only', async () => {
      const tilted = (digits: number) => [1, 0, 0, 0, 0.948376, -0.317147].map((x) => x.toFixed(digits));
      const slices = mr({});
      slices[1]!.ImageOrientationPatient = tilted(4);
      for (const k of [0, 2]) slices[k]!.ImageOrientationPatient = tilted(6);
      expect(Object.keys(await stacksOf(slices))).toEqual([series]);
    });

    it('echo times that vary a little from slice to slice', async () => {
      const datasets = along(3).flatMap((position, k) => mr({ EchoTime: String(80 + 0.1 * k) }, [position]));
      expect(Object.keys(await stacksOf(datasets))).toEqual([series]);
    });
  });

  it('keeps the first by instance number of what lies at one place, and counts the others', async () => {
    const slices = seriesDatasets({ series, positions: along(3) });
    const doubled = { ...slices[1]!, SOPInstanceUID: '2.25.99', InstanceNumber: '1' };
    const { stacks } = await group([...slices, doubled, slices[2]!]);
    expect(stacks[0]!.geometry).toMatchObject({ sliceCount: 3, duplicatePositions: 2 });
    expect(stacks[0]!.frames[1]!.instance.sopInstanceUid).toBe('2.25.99');
  });

  it('counts slices of another size in between, and tells the gap that they leave', async () => {
    const slices = seriesDatasets({ series, positions: along(7) });
    slices[2] = { ...slices[2], ...pixels(8, 6, () => 0) };
    const { stacks, leftOut } = await group(slices);
    expect(stacks.map(({ id }) => id)).toEqual([series]);
    expect(stacks[0]!.geometry).toMatchObject({
      sliceCount: 6,
      otherSizes: 1,
      gaps: [{ after: 1, missing: 1 }],
    });
    expect(leftOut).toEqual([]);
  });

  it('keeps derived volumes of the anatomy', async () => {
    const adc = mr({ ImageType: ['DERIVED', 'PRIMARY', 'DIFFUSION', 'ADC', 'DIS2D'] });
    expect(await stacksOf(adc)).toEqual({ [series]: [0, 2, 4] });
    const scanner = seriesDatasets({
      series,
      positions: along(3),
      attributes: { ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL', 'CT_SOM5 MPR'] },
    });
    expect(await stacksOf(scanner)).toEqual({ [series]: [0, 2, 4] });
  });

  it.each<[string, Dataset, string]>([
    ['localizers', { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }, 'a localizer'],
    ['secondary captures', { SOPClassUID: secondaryCapture }, 'a secondary capture'],
    ['multi-frame secondary captures', { SOPClassUID: `${secondaryCapture}.2` }, 'a secondary capture'],
    ['screen saves', { ImageType: ['DERIVED', 'SECONDARY', 'SCREEN SAVE'] }, 'a screen save'],
    [
      'projections',
      { ImageType: ['DERIVED', 'PRIMARY', 'PROJECTION IMAGE', 'M', 'ND'] },
      'a projection or rendering of another series',
    ],
    [
      'maximum intensity projections',
      { ImageType: ['DERIVED', 'SECONDARY', 'MIP'] },
      'a projection or rendering of another series',
    ],
    [
      'reformatted images',
      { ImageType: ['DERIVED', 'SECONDARY', 'AXIAL', 'CT_SOM5 MPR'] },
      'reformatted from another series',
    ],
    [
      'mosaics',
      { ImageType: ['ORIGINAL', 'PRIMARY', 'M', 'ND', 'MOSAIC'] },
      'a mosaic: the slices of a volume side by side in one image',
    ],
    [
      'colour',
      { SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: 0 },
      'a colour image',
    ],
    ['other modalities', { Modality: 'PT' }, 'modality PT: only CT and MR are read'],
    [
      'images without a place',
      { ImagePositionPatient: undefined },
      'no position in the header, or not as numbers',
    ],
    [
      'images without any geometry',
      { ImagePositionPatient: undefined, ImageOrientationPatient: undefined, PixelSpacing: undefined },
      'no position, no orientation, no pixel spacing in the header, or not as numbers',
    ],
    [
      'directions that are none',
      { ImageOrientationPatient: ['1', '0', '0', '1', '0', '0'] },
      'the orientation is not that of two perpendicular directions',
    ],
    ['spacings that are none', { PixelSpacing: ['0', '1'] }, 'the pixel spacing is not positive'],
    ['a slope of 0', { RescaleSlope: '0' }, 'the rescale slope is 0: all values would be one'],
    ['a slope with a comma', { RescaleSlope: '0,5' }, 'the rescale slope or intercept is no number'],
    ['an intercept that is none', { RescaleIntercept: 'NaN' }, 'the rescale slope or intercept is no number'],
  ])('leaves out %s', async (_, attributes, reason) => {
    const { stacks, leftOut } = await group(seriesDatasets({ series, positions: along(3), attributes }));
    expect(stacks).toEqual([]);
    expect(leftOut).toEqual([
      {
        path: `series ${series}`,
        reason: `series ${series}, 3 images: ${reason}`,
        isDicom: true,
        seriesInstanceUid: series,
        images: 3,
      },
    ]);
  });

  it('leaves out single images, and images that all lie at one place', async () => {
    const single = await group(seriesDatasets({ series, positions: along(1) }));
    expect(single.stacks).toEqual([]);
    expect(single.leftOut[0]!.reason).toBe(`series ${series}, 1 image: a single image is no volume`);
    const same = await group(seriesDatasets({ series, positions: [...along(1), ...along(1)] }));
    expect(same.leftOut[0]!.reason).toBe(`series ${series}, 2 images: all images lie at one place`);
  });

  it('leaves a localizer out of the series that it is part of', async () => {
    const { stacks, leftOut } = await group([
      ...mr({}),
      ...mr({ ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }, along(1)),
    ]);
    expect(stacks.map(({ id, frames }) => [id, frames.length])).toEqual([[series, 3]]);
    expect(leftOut[0]!.reason).toBe(`series ${series}, 1 image: a localizer`);
  });
});
