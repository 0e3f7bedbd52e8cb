import { describe, expect, it } from 'vitest';
import { instanceInMemory, segmentationBytes, structureSetBytes } from '../../../../tests/dicom-masks.js';
import type { DicomFrame, DicomInstance } from '../instance.js';
import type { DicomStack } from '../stack.js';
import { isDrawnOn, referencedSeriesOf, referencesOf } from './referenced-series.js';

const pixels = { rows: 1, columns: 8, labels: ['a'] };
const planes = [{ position: [0, 0, 0] as const, segment: 1, pixels: [1, 1, 1, 1, 0, 0, 0, 0] }];
const image = (uid: string) => ({
  ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
  ReferencedSOPInstanceUID: uid,
});

const segmentation = (attributes: Record<string, unknown>) =>
  instanceInMemory(segmentationBytes({ ...pixels, planes, attributes }));
const structureSet = (attributes: Record<string, unknown>) =>
  instanceInMemory(structureSetBytes({ rois: [], attributes }));

/** A stack with images of these UIDs; of more than its frames and identity nothing is asked. */
function stack(
  id: string,
  series: string,
  frameOfReferenceUid: string,
  images: readonly string[],
): DicomStack {
  const frames = images.map(
    (sopInstanceUid) => ({ instance: { sopInstanceUid } as Partial<DicomInstance> }) as DicomFrame,
  );
  const part: Partial<DicomStack> = { id, seriesInstanceUid: series, frameOfReferenceUid, frames };
  return part as DicomStack;
}

describe('the series that a mask was drawn on', () => {
  it('is named by a segmentation, with its images', async () => {
    const instance = await segmentation({
      ReferencedSeriesSequence: [
        { SeriesInstanceUID: '2.25.77', ReferencedInstanceSequence: [image('2.25.771'), image('2.25.772')] },
      ],
    });
    expect(await referencedSeriesOf(instance)).toEqual(['2.25.77']);
    expect(await referencesOf(instance)).toEqual({
      series: ['2.25.77'],
      images: new Set(['2.25.771', '2.25.772']),
      framesOfReference: ['2.25.13'],
    });
  });

  it('is told by the source images of its planes where it names none', async () => {
    const instance = await segmentation({
      ReferencedSeriesSequence: [],
      SharedFunctionalGroupsSequence: [
        { DerivationImageSequence: [{ SourceImageSequence: [image('2.25.781')] }] },
      ],
    });
    expect(await referencesOf(instance)).toMatchObject({ series: [], images: new Set(['2.25.781']) });
  });

  it('is named by a structure set, and by the images of its contours', async () => {
    const instance = await structureSet({
      ROIContourSequence: [
        { ReferencedROINumber: '1', ContourSequence: [{ ContourImageSequence: [image('2.25.791')] }] },
      ],
    });
    expect(await referencesOf(instance)).toEqual({
      series: ['2.25.12'],
      images: new Set(['2.25.791']),
      framesOfReference: ['2.25.13'],
    });
  });
});

describe('a mask belongs to a stack', () => {
  const whole = stack('s', 's', 'f', ['1', '2']);
  const first = stack('s#a', 's', 'f', ['1', '2']);
  const second = stack('s#b', 's', 'f', ['3', '4']);
  const drawnOn = (references: { series?: string[]; images?: string[]; framesOfReference?: string[] }) =>
    [whole, first, second].map((one) =>
      isDrawnOn(
        {
          series: references.series ?? [],
          images: new Set(references.images),
          framesOfReference: references.framesOfReference ?? [],
        },
        one,
      ),
    );

  it('of its series; of several stacks in it, to those whose images it names', () => {
    expect(drawnOn({ series: ['s'] })).toEqual([true, true, true]);
    expect(drawnOn({ series: ['s'], images: ['3'] })).toEqual([true, false, true]);
    expect(drawnOn({ series: ['t'], images: ['1'], framesOfReference: ['f'] })).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('whose images it names, or else whose frame of reference it has', () => {
    expect(drawnOn({ images: ['4'], framesOfReference: ['f'] })).toEqual([false, false, true]);
    expect(drawnOn({ framesOfReference: ['f'] })).toEqual([true, true, true]);
    expect(drawnOn({ framesOfReference: ['g'] })).toEqual([false, false, false]);
    expect(drawnOn({})).toEqual([false, false, false]);
  });
});
