import type { AnswerScopeName } from '../outcomes.js';

/**
 * The names in TREC files. Fields there end at white space, and `|` and `/` part our names, so ids and class
 * names are percent-encoded except letters, digits and `-_.` (RFC 3986; `~` is kept for {@link noDocument}). File
 * names are made the same way.
 */
export function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /[~!*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A class map with the volumes that may answer, in file names; `+` is in no encoded name. */
export function scopedName(classMap: string, among: AnswerScopeName = 'all'): string {
  return among === 'all' ? encodeName(classMap) : `${encodeName(classMap)}+${among}`;
}

/** @throws URIError where the text was not made by {@link encodeName}. */
export function decodeName(encoded: string): string {
  return decodeURIComponent(encoded);
}

/** The query for a class by a volume or its region: `class|volume`. */
export function volumeTopic(className: string, volumeId: string): string {
  return `${encodeName(className)}|${encodeName(volumeId)}`;
}

/** The query for a class by one slice: `class|volume|slice`. */
export function sliceTopic(className: string, volumeId: string, sliceIndex: number): string {
  return `${volumeTopic(className, volumeId)}|${sliceIndex}`;
}

/** The class that any topic asks for. */
export function classOfTopic(topic: string): string {
  return decodeName(topic.split('|', 1)[0]!);
}

/** A slice as a document: `volume/slice`. */
export function sliceDocument(volumeId: string, sliceIndex: number): string {
  return `${encodeName(volumeId)}/${sliceIndex}`;
}

/**
 * A relevant document that no run returns, for topics that have no other: evaluators leave out topics without a
 * relevant document, but here such a topic is a false negative. No id is encoded to this name.
 */
export const noDocument = '~none';
