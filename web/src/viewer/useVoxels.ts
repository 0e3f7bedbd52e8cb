import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { ViewedImage } from '../api/images.js';
import { maskNamesQuery, voxelsQuery } from '../api/queries.js';
import { otherColour } from './label-colours.js';
import type { MaskVoxels } from './NiivueCanvas.js';
import { useLabelColours } from './useLabelColours.js';
import { voxelLevels } from './voxel-levels.js';

export interface Voxels {
  readonly bytes: ArrayBuffer | null;
  readonly mask: MaskVoxels | null;
  readonly maskNames: Readonly<Record<string, string>>;
  /** Whether what is there has fewer voxels than the volume. */
  readonly reduced: boolean;
  readonly loading: boolean;
  readonly error: Error | null;
  /** Fetches all voxels of a large volume. */
  readonly loadAll: () => void;
}

/** Lets the preview be drawn, and a reader who goes through hits pass, before more is fetched: that is work for seconds. */
const nextLevelAfterMs = 2500;

/**
 * The voxels of an image, a reduced copy first.
 *
 * @param hold fetch nothing yet: something more urgent is under way.
 */
export function useVoxels(image: ViewedImage, wantMask: boolean, hold: boolean): Voxels {
  const levels = useMemo(() => voxelLevels(image.size[0] * image.size[1] * image.size[2]), [image]);
  const [level, setLevel] = useState(0);
  const [current, setCurrent] = useState(image.key);
  if (current !== image.key) {
    setCurrent(image.key);
    setLevel(0);
  }
  const { maxVoxels } = levels[Math.min(level, levels.length - 1)]!;
  const fetched = useQuery({ ...voxelsQuery(image, 'image', maxVoxels), enabled: !hold });
  const lower = useQuery({
    ...voxelsQuery(image, 'image', levels[Math.max(0, level - 1)]!.maxVoxels),
    enabled: false,
  });
  const bytes = fetched.data ?? lower.data ?? null;
  const shownLevel = fetched.data === undefined ? level - 1 : level;

  const next = levels[level + 1];
  const advance = fetched.data !== undefined && next?.automatic === true;
  useEffect(() => {
    if (!advance) return;
    const timer = setTimeout(() => setLevel((now) => now + 1), nextLevelAfterMs);
    return () => clearTimeout(timer);
  }, [advance]);

  const maskWanted = image.hasMask && wantMask && bytes !== null;
  const maskLevel = levels[Math.max(0, shownLevel)]!.maxVoxels;
  const maskBytes = useQuery({ ...voxelsQuery(image, 'mask', maskLevel), enabled: maskWanted });
  const names = useQuery({ ...maskNamesQuery(image), enabled: maskWanted });
  const colours = useLabelColours();
  const mask = useMemo(
    () =>
      maskWanted && maskBytes.data !== undefined && names.data !== undefined
        ? {
            bytes: maskBytes.data,
            colours: new Map(
              Object.entries(names.data).map(([number, name]) => [
                Number(number),
                colours.get(name) ?? otherColour,
              ]),
            ),
          }
        : null,
    [maskWanted, maskBytes.data, names.data, colours],
  );

  return {
    bytes,
    mask,
    maskNames: names.data ?? {},
    reduced: bytes !== null && levels[Math.max(0, shownLevel)]!.maxVoxels !== null,
    loading: fetched.isFetching || maskBytes.isFetching,
    error: fetched.error ?? maskBytes.error ?? names.error,
    loadAll: () => setLevel(levels.length - 1),
  };
}
