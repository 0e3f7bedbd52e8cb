import { shareOfScale, similarityScale } from '../../../src/answer/figure/scale.js';
import type { ApiHit } from '../../../src/server/schemas.js';
import styles from './SimilarityCurve.module.css';

interface SimilarityCurveProps {
  readonly hit: ApiHit;
  /** Query slices from left to right, as in the picture above. */
  readonly querySlices: readonly number[];
  readonly querySlice: number;
}

/** How similar each query slice is to its match. */
export function SimilarityCurve({ hit, querySlices, querySlice }: SimilarityCurveProps) {
  const similarityOf = new Map(hit.matches.map((match) => [match.querySlice, match.similarity]));
  const scale = similarityScale([...similarityOf.values()]);
  const points = querySlices.flatMap((slice, x) => {
    const similarity = similarityOf.get(slice);
    return similarity === undefined ? [] : [{ x: x + 0.5, y: 1 - shareOfScale(scale, similarity) }];
  });
  const line = points.map(({ x, y }) => `${x},${y}`).join(' ');
  const first = points[0];
  const last = points.at(-1);
  const here = querySlices.indexOf(querySlice);
  return (
    <div className={styles.curve}>
      <svg
        viewBox={`0 0 ${Math.max(1, querySlices.length)} 1`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Similarity of each query slice to its match, from ${scale.low.toFixed(2)} to 1`}
        data-testid="similarity-curve"
      >
        {first === undefined || last === undefined ? null : (
          <polygon className={styles.area} points={`${first.x},1 ${line} ${last.x},1`} />
        )}
        <polyline className={styles.line} points={line} />
        {here < 0 ? null : <line className={styles.here} x1={here + 0.5} x2={here + 0.5} y1={0} y2={1} />}
      </svg>
      <span className={styles.high}>1</span>
      <span className={styles.low}>{scale.low.toFixed(2)}</span>
    </div>
  );
}
