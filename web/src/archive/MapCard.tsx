import type { ArchiveMap, VolumeSummary } from '../../../src/server/schemas.js';
import { thumbnailPath } from '../api/images.js';
import { Thumbnail } from '../api/Thumbnail.js';
import { examination } from '../search/examination.js';
import styles from './MapCard.module.css';
import type { MapSize, Pixel } from './map-view.js';

interface MapCardProps {
  readonly volume: VolumeSummary;
  readonly place: ArchiveMap['volumes'][number];
  /** Where its point is on the stage. */
  readonly at: Pixel;
  /** Where the card may not hide anything: the map that the mouse is on, or the table. */
  readonly keepFree: 'map' | 'table';
  readonly size: MapSize;
}

/** About what a card takes. */
const cardHeight = 120;

/** What is pointed at: beside the map while the mouse is on it, else in the corner that is farthest from the point. */
export function MapCard({ volume, place, at: [x, y], keepFree, size }: MapCardProps) {
  const corner =
    keepFree === 'map'
      ? {
          right: 'calc(100% + 8px)',
          top: Math.max(0, Math.min(y - cardHeight / 2, size.height - cardHeight)),
        }
      : { [x > size.width / 2 ? 'left' : 'right']: 8, [y > size.height / 2 ? 'top' : 'bottom']: 8 };
  const { id, split, sliceCount, patient } = volume;
  return (
    <div className={styles.card} style={corner} data-testid="map-card" data-volume={id}>
      <span className={styles.thumbnail}>
        <Thumbnail path={thumbnailPath(volume, 128)} />
      </span>
      <div className={styles.text}>
        <strong title={id}>{id}</strong>
        <span>{examination(volume)}</span>
        <span>
          {sliceCount} slices{split === null ? '' : `, ${split}`}
        </span>
        {patient === null || patient === id ? null : <span>patient {patient}</span>}
        {place.nearestVolume === null ? null : (
          <span className={styles.nearest}>
            most like {place.nearestVolume}, {place.nearest.toFixed(3)}
          </span>
        )}
      </div>
    </div>
  );
}
