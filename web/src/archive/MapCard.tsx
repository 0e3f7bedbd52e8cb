import type { ArchiveMap, VolumeSummary } from '../../../src/server/schemas.js';
import { thumbnailPath } from '../api/images.js';
import { Picture } from '../api/Picture.js';
import { examination } from '../search/examination.js';
import styles from './MapCard.module.css';
import type { MapSize, Pixel } from './map-view.js';

interface MapCardProps {
  readonly volume: VolumeSummary;
  readonly place: ArchiveMap['volumes'][number];
  /** Where its point is on the stage. */
  readonly at: Pixel;
  readonly size: MapSize;
}

const cardSize = { width: 264, height: 116 };
/** Between the point and the card. */
const gap = 14;

/** What is pointed at: beside its point, on the side where there is room. */
export function MapCard({ volume, place, at: [x, y], size }: MapCardProps) {
  const right = x + gap + cardSize.width <= size.width;
  const left = right ? x + gap : Math.max(4, x - gap - cardSize.width);
  const top = Math.max(4, Math.min(y - cardSize.height / 2, size.height - cardSize.height - 4));
  const { id, split, sliceCount, patient } = volume;
  return (
    <div className={styles.card} style={{ left, top, ...cardSize }} data-testid="map-card" data-volume={id}>
      <span className={styles.thumbnail}>
        <Picture path={thumbnailPath(volume, 128)} alt="" />
      </span>
      <div className={styles.text}>
        <strong title={id}>{id}</strong>
        <span>{examination(volume)}</span>
        <span>
          {sliceCount} slices{split === null ? '' : `, ${split}`}
        </span>
        {patient === null || patient === id ? null : <span>patient {patient}</span>}
        {place.nearestVolume === null ? null : (
          <span>
            {place.nearest.toFixed(3)} to {place.nearestVolume}
          </span>
        )}
      </div>
    </div>
  );
}
