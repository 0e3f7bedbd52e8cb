import { type ReactNode, useCallback, useEffect, useState } from 'react';
import type { ViewedImage } from '../api/images.js';
import { nearestSlice } from '../api/nearest-slice.js';
import { MiddleEllipsis } from '../controls/MiddleEllipsis.js';
import { Notice } from '../controls/Notice.js';
import {
  across,
  type Box,
  movedToSlice,
  planeAcross,
  sliceAt,
  sliceCount,
  slicePosition,
  type Vector3,
} from '../geometry/grid.js';
import { formatMm } from './format-mm.js';
import { MaskLegend } from './MaskLegend.js';
import { SliceBar } from './SliceBar.js';
import type { Layout } from './tiles.js';
import { useVoxels } from './useVoxels.js';
import { ViewerStage } from './ViewerStage.js';
import styles from './VolumeViewer.module.css';
import { resolveWindow, type WindowChoice, windowOf } from './windows.js';

interface VolumeViewerProps {
  readonly testId: string;
  /** What this volume is here: query, or which hit. */
  readonly label: string;
  readonly facts: ReactNode;
  readonly image: ViewedImage;
  readonly layout: Layout;
  readonly window: WindowChoice;
  readonly onWindow: (window: WindowChoice) => void;
  /** RAS+ mm. */
  readonly position: Vector3;
  readonly onPosition: (position: Vector3) => void;
  readonly maskShown: boolean;
  /** Whether the structures of the mask are named on the picture. */
  readonly legend: boolean;
  /** Pictures only for now, no voxels. */
  readonly hold: boolean;
  readonly box: Box | null;
  readonly onBox: ((box: Box, done: boolean) => void) | null;
  /** Range of slices, indices along the file's own axis, that is marked beside the picture. */
  readonly band: readonly [number, number] | null;
  readonly bandTitle: string;
}

/** A volume to look at: pictures, where one is in it, and what is shown of it. */
export function VolumeViewer(props: VolumeViewerProps) {
  const {
    testId,
    label,
    facts,
    image,
    layout,
    window,
    onWindow,
    position,
    onPosition,
    maskShown,
    box,
    onBox,
  } = props;
  const { band, bandTitle, hold, legend } = props;
  const [seen, setSeen] = useSeen(image.key);
  const voxels = useVoxels(image, maskShown, hold || !seen);
  const stackPlane = planeAcross(image, image.sliceAxis);
  const plane = layout === 'planes' || layout === 'render' ? stackPlane : layout;
  const slice = sliceAt(image, plane, position);
  const count = sliceCount(image, plane);
  const upwards = slicePosition(image, plane, count - 1) > slicePosition(image, plane, 0);
  const fromBottom = (index: number) => (upwards ? index : count - 1 - index);
  const shown = resolveWindow(window, image);
  // What the slice holds is known for the archive's plane only.
  const labelsOn = plane === stackPlane && layout === plane ? labelsOfSlice(image, slice) : null;
  const positionMm = across(stackPlane, position);
  const bandFromBottom =
    band === null || plane !== stackPlane
      ? null
      : ([...band].map(fromBottom).sort((a, b) => a - b) as [number, number]);

  return (
    <section
      className={styles.viewer}
      aria-label={`${label}: ${image.title}`}
      data-testid={testId}
      data-volume={image.title}
      data-plane={plane}
      data-slice={sliceAt(image, stackPlane, position)}
      data-position={positionMm.toFixed(2)}
      data-crosshair={position.map((mm) => mm.toFixed(1)).join(',')}
    >
      <header className={styles.header}>
        <span className={styles.label}>{label}</span>
        <h2 className={styles.title}>
          <MiddleEllipsis text={image.title} />
        </h2>
        <span className={styles.facts}>{facts}</span>
      </header>
      <div className={styles.body}>
        <ViewerStage
          image={image}
          voxels={voxels}
          layout={layout}
          window={shown}
          onWindow={(next) => onWindow(windowOf(next))}
          position={position}
          onPosition={onPosition}
          box={box}
          onBox={onBox}
          onSeen={setSeen}
        />
        {voxels.mask === null || !legend ? null : <MaskLegend names={voxels.maskNames} only={labelsOn} />}
        {voxels.error === null ? null : (
          <div className={styles.error}>
            <Notice error={voxels.error} compact />
          </div>
        )}
        {voxels.loading ? (
          <div className={styles.progress} role="progressbar" aria-label="Loading the volume" />
        ) : null}
        <SliceBar
          label={`Slice of ${image.title}`}
          count={count}
          value={fromBottom(slice)}
          valueText={`slice ${slice} of ${count}, ${plane}`}
          onChange={(value) => onPosition(movedToSlice(image, plane, position, fromBottom(value)))}
          band={bandFromBottom}
          bandTitle={bandTitle}
        />
      </div>
      <footer className={styles.footer}>
        <span className={styles.slice}>
          {plane} {slice}
          <span className={styles.muted}> / {count - 1}</span>
        </span>
        <span className={styles.position} title="Crosshair: right, anterior, superior, mm">
          {position.map((mm) => formatMm(mm, 1)).join('  ')}
          <span className={styles.muted}> mm</span>
        </span>
        <span
          className={styles.grow}
          title={`Window from ${shown.low} to ${shown.high}: width and level. Drag with the right button to change it`}
        >
          W {formatValue(shown.high - shown.low)} L {formatValue((shown.low + shown.high) / 2)}
        </span>
        {voxels.reduced && !voxels.loading ? (
          <button type="button" className={styles.full} onClick={voxels.loadAll} title="Fetch all voxels">
            Load full resolution
          </button>
        ) : null}
      </footer>
    </section>
  );
}

/** Labels of the stored slice that lies nearest. */
function labelsOfSlice({ detail }: ViewedImage, index: number): readonly string[] | null {
  return detail === null ? null : (nearestSlice(detail, index)?.labels ?? null);
}

/** Voxels wait for the picture of the first slice, but no longer than this. */
const pictureAloneMs = 700;

/** @returns whether something of an image is on the screen, and the function to say so. */
function useSeen(key: string): readonly [boolean, () => void] {
  const [seenKey, setSeenKey] = useState<string | null>(null);
  const setSeen = useCallback(() => setSeenKey(key), [key]);
  useEffect(() => {
    const timer = setTimeout(setSeen, pictureAloneMs);
    return () => clearTimeout(timer);
  }, [setSeen]);
  return [seenKey === key, setSeen];
}

function formatValue(value: number): string {
  return formatMm(value, Math.abs(value) >= 10 || Number.isInteger(value) ? 0 : 2);
}
