import type { DicomImage, SeriesIdentity } from '../../archive/records.js';
import type { Dataset } from './elements.js';

/** One DICOM image with all that is needed to refer to it. */
export interface ImageReference extends DicomImage {
  readonly sopClassUid: string;
  readonly studyUid: string;
  readonly seriesUid: string;
}

/** @returns undefined where there is no DICOM image. */
export function imageReference(
  series: SeriesIdentity | null,
  dicomImage: DicomImage | null | undefined,
): ImageReference | undefined {
  if (series === null || !dicomImage) return undefined;
  const { sopClassUid, studyUid, seriesUid } = series;
  return { ...dicomImage, sopClassUid, studyUid, seriesUid };
}

/**
 * All images that a report refers to, each once, by study and series (PS3.3 C.17.2): those of the study that the
 * report belongs to as Current Requested Procedure Evidence, the others as Pertinent Other Evidence.
 */
export function evidence(references: readonly ImageReference[], ownStudyUid: string): Dataset {
  const own = references.filter(({ studyUid }) => studyUid === ownStudyUid);
  const other = references.filter(({ studyUid }) => studyUid !== ownStudyUid);
  return {
    ...(own.length > 0 && { CurrentRequestedProcedureEvidenceSequence: byStudy(own) }),
    ...(other.length > 0 && { PertinentOtherEvidenceSequence: byStudy(other) }),
  };
}

/** The Hierarchical SOP Instance Reference Macro (PS3.3 C.17.2.1). */
function byStudy(references: readonly ImageReference[]): Dataset[] {
  return [...grouped(references, ({ studyUid }) => studyUid)].map(([studyUid, ofStudy]) => ({
    StudyInstanceUID: studyUid,
    ReferencedSeriesSequence: [...grouped(ofStudy, ({ seriesUid }) => seriesUid)].map(
      ([seriesUid, ofSeries]) => ({
        SeriesInstanceUID: seriesUid,
        ReferencedSOPSequence: [...grouped(ofSeries, ({ sopInstanceUid }) => sopInstanceUid)].map(
          ([sopInstanceUid, [first]]) => ({
            ReferencedSOPClassUID: first!.sopClassUid,
            ReferencedSOPInstanceUID: sopInstanceUid,
          }),
        ),
      }),
    ),
  }));
}

function grouped(
  references: readonly ImageReference[],
  key: (reference: ImageReference) => string,
): ReadonlyMap<string, readonly ImageReference[]> {
  const groups = new Map<string, ImageReference[]>();
  for (const reference of references) {
    const group = groups.get(key(reference));
    if (group === undefined) groups.set(key(reference), [reference]);
    else group.push(reference);
  }
  return groups;
}
