import type { Code } from './codes.js';
import type { Dataset } from './elements.js';
import type { ImageReference } from './image-reference.js';

/** How a content item stands to the one that it lies in (PS3.3 C.17.3). */
type Relationship = 'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD' | 'INFERRED FROM';

/** One node of the content tree (PS3.3 C.17.3), without its relationship to the node above it. */
export interface ContentItem {
  readonly dataset: Dataset;
}

export function codeSequence({ value, scheme, meaning }: Code): readonly Dataset[] {
  return [{ CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }];
}

/** @param children in their order, each with its relationship. */
export function container(name: Code, children: readonly Dataset[]): ContentItem {
  return item('CONTAINER', name, { ContinuityOfContent: 'SEPARATE', ContentSequence: children });
}

export function text(name: Code, value: string): ContentItem {
  return item('TEXT', name, { TextValue: value });
}

export function code(name: Code, value: Code): ContentItem {
  return item('CODE', name, { ConceptCodeSequence: codeSequence(value) });
}

export function uid(name: Code, value: string): ContentItem {
  return item('UIDREF', name, { UID: value });
}

/** @param value is written with six digits, which is what single precision carries. */
export function number(
  name: Code,
  value: number,
  unit: Code,
  children: readonly Dataset[] = [],
): ContentItem {
  return item('NUM', name, {
    MeasuredValueSequence: [
      { MeasurementUnitsCodeSequence: codeSequence(unit), NumericValue: decimalString(value) },
    ],
    ...(children.length > 0 && { ContentSequence: children }),
  });
}

export function image(name: Code, { sopClassUid, sopInstanceUid, frameNumber }: ImageReference): ContentItem {
  return item('IMAGE', name, {
    ReferencedSOPSequence: [
      {
        ReferencedSOPClassUID: sopClassUid,
        ReferencedSOPInstanceUID: sopInstanceUid,
        ...(frameNumber !== null && { ReferencedFrameNumber: String(frameNumber) }),
      },
    ],
  });
}

/** An item as it lies in another one. */
export function related(relationship: Relationship, { dataset }: ContentItem): Dataset {
  return { RelationshipType: relationship, ...dataset };
}

function item(valueType: string, name: Code, value: Dataset): ContentItem {
  return { dataset: { ValueType: valueType, ConceptNameCodeSequence: codeSequence(name), ...value } };
}

/** DS: at most 16 characters (PS3.5 6.2). */
function decimalString(value: number): string {
  const short = String(Number(value.toPrecision(7)));
  return short.length <= 16 ? short : value.toExponential(6);
}
