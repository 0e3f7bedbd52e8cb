/** One document of a run. */
export interface ScoredDocument {
  readonly document: string;
  readonly score: number;
}

/**
 * The lines of one topic in the run format of TREC: `topic Q0 document rank score tag`.
 *
 * trec_eval reads scores as float32, ignores ranks, and breaks ties by document name, so every score that is not
 * below the one before it becomes the next smaller float32 to that: the order of the answer stays the order that
 * evaluators see.
 *
 * @param documents best first, scores not ascending.
 */
export function runLines(topic: string, documents: readonly ScoredDocument[], tag: string): string[] {
  let previous = Number.POSITIVE_INFINITY;
  return documents.map(({ document, score }, position) => {
    const rounded = Math.fround(score);
    previous = rounded < previous ? rounded : nextBelow(previous);
    return `${topic} Q0 ${document} ${position + 1} ${previous} ${tag}`;
  });
}

/** A line of relevance judgements: `topic 0 document 1`. */
export function relevantLine(topic: string, document: string): string {
  return `${topic} 0 ${document} 1`;
}

/** A line for a document that was judged, and is not relevant: `topic 0 document 0`. */
export function judgedLine(topic: string, document: string): string {
  return `${topic} 0 ${document} 0`;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The largest float32 below a finite one (IEEE 754: neighbours differ by 1 as integers, by sign and magnitude). */
function nextBelow(value: number): number {
  // Zero of either sign: its neighbour is the smallest subnormal number.
  if (value === 0) return -(2 ** -149);
  float[0] = value;
  bits[0]! += value > 0 ? -1 : 1;
  return float[0]!;
}
