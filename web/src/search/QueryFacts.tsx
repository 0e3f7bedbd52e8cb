import type { ViewedImage } from '../api/images.js';
import { imageThumbnailPath } from '../api/images.js';
import { Thumbnail } from '../api/Thumbnail.js';
import { MiddleEllipsis } from '../controls/MiddleEllipsis.js';
import { examination } from './examination.js';
import styles from './QueryFacts.module.css';

/** The chosen query in a few lines. */
export function QueryFacts({ image }: { readonly image: ViewedImage }) {
  const { detail } = image;
  return (
    <div className={styles.facts}>
      <span className={styles.thumbnail}>
        <Thumbnail path={imageThumbnailPath(image, 128)} />
      </span>
      <div className={styles.text}>
        <strong>
          <MiddleEllipsis text={image.title} />
        </strong>
        <span>
          {examination({ modality: image.modality, region: detail?.region ?? null })}
          {detail === null ? ', uploaded' : ''}
        </span>
        <span>
          {image.size.join(' × ')}, {image.spacing.map((mm) => Number(mm.toFixed(2))).join(' × ')} mm
        </span>
      </div>
    </div>
  );
}
