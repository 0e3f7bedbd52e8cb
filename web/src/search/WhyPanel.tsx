import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { AlignmentRequest, ApiHit } from '../../../src/server/schemas.js';
import type { ViewedImage } from '../api/images.js';
import { alignmentQuery } from '../api/queries.js';
import { Notice } from '../controls/Notice.js';
import { planeAcross } from '../geometry/grid.js';
import { AlignmentPicture } from './AlignmentPicture.js';
import { heatMapAxes } from './heat-map.js';
import { positionOfSlice } from './linked-places.js';
import { SharedLabels } from './SharedLabels.js';
import { SimilarityCurve } from './SimilarityCurve.js';
import styles from './WhyPanel.module.css';

interface WhyPanelProps {
  readonly request: AlignmentRequest;
  readonly hit: ApiHit;
  readonly query: ViewedImage;
  readonly hitImage: ViewedImage;
  readonly querySlice: number;
  readonly hitSlice: number;
  readonly onJump: (querySlice: number, hitSlice: number) => void;
  readonly maskShown: boolean;
}

/** What the lowest and the highest positions of a stack of slices are called. */
const stackEnds = {
  axial: ['feet', 'head'],
  coronal: ['back', 'front'],
  sagittal: ['left', 'right'],
} as const;

/** Why this volume was found: which slices are alike, how much, and what both contain. */
export function WhyPanel({
  request,
  hit,
  query,
  hitImage,
  querySlice,
  hitSlice,
  onJump,
  maskShown,
}: WhyPanelProps) {
  const { data: alignment, error, refetch } = useQuery(alignmentQuery(request));
  const axes = useMemo(() => {
    if (alignment === undefined) return null;
    return heatMapAxes(
      alignment,
      [...alignment.queryIndices].map((slice) => positionOfSlice(query, slice)),
    );
  }, [alignment, query]);
  const querySlices = useMemo(
    () =>
      alignment === undefined || axes === null ? [] : axes.columns.map((row) => alignment.queryIndices[row]!),
    [alignment, axes],
  );
  const bothLabelled = [query, hitImage].every(({ detail }) => detail !== null && detail.labels.length > 0);
  const ends = stackEnds[planeAcross(query, query.sliceAxis)];
  const match = hit.matches.find((candidate) => candidate.querySlice === querySlice);
  return (
    <section className={styles.why} aria-label="Why this hit" data-testid="why">
      <div className={styles.alignment}>
        <h3>
          Slices that match
          <small>
            {match === undefined
              ? 'query slice outside of what was searched'
              : `query ${match.querySlice} matches ${match.slice}, similarity ${match.similarity.toFixed(3)}`}
          </small>
        </h3>
        {error === null ? null : <Notice error={error} onRetry={() => void refetch()} compact />}
        <div className={styles.charts}>
          <span className={styles.yAxis}>hit</span>
          {alignment === undefined || axes === null ? (
            <div className={styles.waiting} />
          ) : (
            <AlignmentPicture
              alignment={alignment}
              axes={axes}
              hit={hit}
              querySlice={querySlice}
              hitSlice={hitSlice}
              onJump={onJump}
            />
          )}
          <span />
          <SimilarityCurve hit={hit} querySlices={querySlices} querySlice={querySlice} />
          <span />
          <div className={styles.xAxis}>
            <span>{ends[0]}</span>
            <span>query</span>
            <span>{ends[1]}</span>
          </div>
        </div>
      </div>
      {query.detail === null || hitImage.detail === null || !bothLabelled ? null : (
        <div className={styles.labels}>
          <h3>Labels</h3>
          <SharedLabels
            query={query.detail}
            hit={hitImage.detail}
            querySlice={querySlice}
            hitSlice={hitSlice}
            coloured={maskShown}
          />
        </div>
      )}
    </section>
  );
}
