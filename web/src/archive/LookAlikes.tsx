import { useState } from 'react';
import { Link } from 'wouter';
import type { ArchiveMap, VolumeSummary } from '../../../src/server/schemas.js';
import { thumbnailPath } from '../api/images.js';
import { Thumbnail } from '../api/Thumbnail.js';
import { Placeholder } from '../controls/Placeholder.js';
import { Segmented } from '../controls/Segmented.js';
import { examination } from '../search/examination.js';
import styles from './LookAlikes.module.css';
import { searchAddress } from './search-address.js';

interface LookAlikesProps {
  /** undefined: still being computed. */
  readonly map: ArchiveMap | undefined;
  readonly volumes: readonly VolumeSummary[];
  readonly onPoint: (volume: string | null) => void;
}

/** What a curator looks at twice: scans that may be in the archive twice, and scans that are like no other. */
export function LookAlikes({ map, volumes, onPoint }: LookAlikesProps) {
  const [list, setList] = useState<'duplicates' | 'outliers' | null>(null);
  if (map === undefined) return <section className={styles.panel} aria-label="Duplicates and outliers" />;
  const shown = list ?? (map.duplicates.length === 0 && map.outliers.length > 0 ? 'outliers' : 'duplicates');
  const byId = new Map(volumes.map((volume) => [volume.id, volume]));
  return (
    <section
      className={map.duplicates.length + map.outliers.length === 0 ? styles.empty : styles.panel}
      aria-label="Duplicates and outliers"
    >
      <div className={styles.header}>
        <Segmented
          label="List"
          fill
          choices={[
            {
              value: 'duplicates' as const,
              content: `Near-duplicates ${map.duplicates.length}`,
              testId: 'show-duplicates',
            },
            {
              value: 'outliers' as const,
              content: `Like no other ${map.outliers.length}`,
              testId: 'show-outliers',
            },
          ]}
          chosen={shown}
          onChoose={setList}
        />
      </div>
      <div className={styles.list}>
        {shown === 'duplicates' ? (
          <Duplicates map={map} volumes={byId} />
        ) : (
          <Outliers map={map} volumes={byId} onPoint={onPoint} />
        )}
      </div>
    </section>
  );
}

interface ListProps {
  readonly map: ArchiveMap;
  readonly volumes: ReadonlyMap<string, VolumeSummary>;
}

function Duplicates({ map, volumes }: ListProps) {
  if (map.duplicates.length === 0) {
    return (
      <Placeholder title="No near-duplicates">
        No two volumes are so alike that they could be the same scan.
      </Placeholder>
    );
  }
  return (
    <ul>
      {map.duplicates.map(({ volumes: [a, b], similarity }) => (
        <li key={`${a} ${b}`}>
          <Link
            href={searchAddress(a, b)}
            className={styles.row}
            data-testid="duplicate"
            title="Compare side by side"
          >
            <span className={styles.pair}>
              <VolumeThumbnail volume={volumes.get(a)} />
              <VolumeThumbnail volume={volumes.get(b)} />
            </span>
            <span className={styles.text}>
              <span className={styles.id}>{a}</span>
              <span className={styles.id}>{b}</span>
              <span className={styles.fact}>
                {samePatient(volumes.get(a), volumes.get(b))}, similarity {similarity.toFixed(4)}
              </span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function samePatient(a: VolumeSummary | undefined, b: VolumeSummary | undefined): string {
  const [one, other] = [a?.patient ?? null, b?.patient ?? null];
  if (one === null || other === null) return 'patient not stated';
  return one === other ? 'same patient' : 'two patients';
}

function Outliers({ map, volumes, onPoint }: ListProps & Pick<LookAlikesProps, 'onPoint'>) {
  if (map.outliers.length === 0) {
    return (
      <Placeholder title="No outliers">Every volume has others in the archive that look like it.</Placeholder>
    );
  }
  const places = new Map(map.volumes.map((place) => [place.id, place]));
  const usual = median(map.volumes.map(({ nearest }) => nearest));
  return (
    <>
      <p className={styles.why}>
        Most volumes have another with a similarity around {usual.toFixed(2)}. These do not.
      </p>
      <ul>
        {map.outliers.map(({ volume: id, nearest }) => {
          const volume = volumes.get(id);
          const nearestVolume = places.get(id)?.nearestVolume ?? null;
          return (
            <li key={id}>
              <Link
                href={searchAddress(id, nearestVolume)}
                className={styles.row}
                data-testid="outlier"
                title="Compare with the volume that is most like it"
                onPointerEnter={() => onPoint(id)}
                onPointerLeave={() => onPoint(null)}
                onFocus={() => onPoint(id)}
                onBlur={() => onPoint(null)}
              >
                <VolumeThumbnail volume={volume} />
                <span className={styles.text}>
                  <span className={styles.id}>{id}</span>
                  <span className={styles.fact}>{volume === undefined ? '' : examination(volume)}</span>
                  <span className={styles.fact}>
                    most like {nearestVolume ?? 'none'}, {nearest.toFixed(3)}
                  </span>
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function VolumeThumbnail({ volume }: { readonly volume: VolumeSummary | undefined }) {
  return (
    <span className={styles.thumbnail}>
      {volume === undefined ? null : <Thumbnail path={thumbnailPath(volume, 96)} />}
    </span>
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
