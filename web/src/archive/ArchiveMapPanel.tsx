import { useEffect, useMemo, useRef, useState } from 'react';
import type { ArchiveMap, VolumeSummary } from '../../../src/server/schemas.js';
import { Notice } from '../controls/Notice.js';
import { Placeholder } from '../controls/Placeholder.js';
import { Segmented } from '../controls/Segmented.js';
import styles from './ArchiveMapPanel.module.css';
import { type Category, type Colouring, categoriesOf, otherCategory } from './categories.js';
import type { MapPoint } from './draw-map.js';
import { MapCanvas } from './MapCanvas.js';
import { facetValues, noFilter, passes, shownValue, type VolumeFilter, valuesOf } from './volume-filter.js';

interface ArchiveMapPanelProps {
  /** undefined: still being computed. */
  readonly map: ArchiveMap | undefined;
  readonly error: Error | null;
  readonly onRetry: () => void;
  readonly volumes: readonly VolumeSummary[];
  readonly filter: VolumeFilter;
  readonly onFilter: (filter: VolumeFilter) => void;
  readonly colouring: Colouring;
  readonly onColouring: (colouring: Colouring) => void;
  readonly pointed: string | null;
  readonly onPoint: (volume: string | null) => void;
  readonly onOpen: (volume: string) => void;
}

const titles: readonly { readonly value: Colouring; readonly content: string }[] = [
  { value: 'modality', content: 'Modality' },
  { value: 'region', content: 'Region' },
  { value: 'split', content: 'Split' },
];

/** The volumes as points, those that look alike near each other. */
export function ArchiveMapPanel(props: ArchiveMapPanelProps) {
  const { map, error, onRetry, volumes, filter, colouring } = props;
  const categories = useMemo(() => categoriesOf(volumes, colouring), [volumes, colouring]);
  const choices = useMemo(
    () =>
      titles.map((title) => ({
        ...title,
        disabled: facetValues(volumes, noFilter, title.value).length === 0,
      })),
    [volumes],
  );
  const points = useMemo(() => {
    if (map === undefined) return [];
    const byId = new Map(volumes.map((volume) => [volume.id, volume]));
    const outliers = new Set(map.outliers.map(({ volume }) => volume));
    const colours = new Map(categories.map(({ value, colour }) => [value, colour]));
    return map.volumes.flatMap(({ id, x, y }): MapPoint[] => {
      const volume = byId.get(id);
      if (volume === undefined) return [];
      const colour = colours.get(valuesOf(volume, colouring)[0]!) ?? `--category-${otherCategory}`;
      return [{ id, x, y, colour, isIn: passes(volume, filter), isOutlier: outliers.has(id) }];
    });
  }, [map, volumes, filter, colouring, categories]);

  return (
    <section className={styles.panel} aria-label="Map of the archive">
      <header className={styles.header}>
        <h2>Map</h2>
        <Segmented
          label="Colour by"
          choices={choices}
          chosen={colouring}
          onChoose={(value) => props.onColouring(value)}
        />
      </header>
      <div className={styles.stage}>
        {error !== null ? (
          <div className={styles.message}>
            <Notice error={error} onRetry={onRetry} compact />
          </div>
        ) : map === undefined ? (
          <Waiting volumes={volumes.length} />
        ) : (
          <MapCanvas
            map={map}
            points={points}
            volumes={volumes}
            pointed={props.pointed}
            onPoint={props.onPoint}
            onOpen={props.onOpen}
          />
        )}
      </div>
      <Legend
        categories={categories}
        colouring={colouring}
        filter={filter}
        onFilter={props.onFilter}
        method={map?.method ?? null}
        hasOutliers={map !== undefined && map.outliers.length > 0}
      />
    </section>
  );
}

/** A map that is there already appears without a word before it. */
function Waiting({ volumes }: { readonly volumes: number }) {
  const [isLong, setIsLong] = useState(false);
  const timer = useRef(0);
  useEffect(() => {
    timer.current = window.setTimeout(() => setIsLong(true), 300);
    return () => window.clearTimeout(timer.current);
  }, []);
  if (!isLong) return null;
  return (
    <div className={styles.waiting} role="status" data-testid="map-waiting">
      <span className={styles.pulse} aria-hidden="true" />
      <Placeholder title="Placing the volumes">
        {volumes > 2000 ? 'This may take a minute' : 'This takes a few seconds'} after each change of the
        archive.
      </Placeholder>
    </div>
  );
}

interface LegendProps {
  readonly categories: readonly Category[];
  readonly colouring: Colouring;
  readonly filter: VolumeFilter;
  readonly onFilter: (filter: VolumeFilter) => void;
  readonly method: string | null;
  readonly hasOutliers: boolean;
}

function Legend({ categories, colouring, filter, onFilter, method, hasOutliers }: LegendProps) {
  const other = `--category-${otherCategory}`;
  const own = categories.filter(({ colour }) => colour !== other);
  const rest = categories.filter(({ colour }) => colour === other);
  return (
    <footer className={styles.legend}>
      <ul>
        {own.map(({ value, colour }) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={filter[colouring] === value}
              onClick={() => onFilter({ ...filter, [colouring]: filter[colouring] === value ? null : value })}
            >
              <span className={styles.swatch} style={{ background: `var(${colour})` }} />
              <span className={styles.name} title={shownValue(value, colouring)}>
                {shownValue(value, colouring)}
              </span>
            </button>
          </li>
        ))}
        {rest.length === 0 ? null : (
          <li className={styles.plain}>
            <span className={styles.swatch} style={{ background: `var(${other})` }} />
            {rest.length === 1 ? shownValue(rest[0]!.value, colouring) : `${rest.length} more`}
          </li>
        )}
        {hasOutliers ? (
          <li className={styles.plain}>
            <span className={styles.ring} />
            like no other
          </li>
        ) : null}
      </ul>
      {method === null || method === 'none' ? null : (
        <p title="Volumes that look alike lie near each other. How far apart distant groups lie says little.">
          {method}
        </p>
      )}
    </footer>
  );
}
