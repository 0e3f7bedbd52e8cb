import { useState } from 'react';
import { slicePath, type ViewedImage } from '../api/images.js';
import { Picture } from '../api/Picture.js';
import styles from './SlicePicture.module.css';
import type { PlaneTile } from './tiles.js';
import { type DisplayWindow, windowOf } from './windows.js';

interface SlicePictureProps {
  readonly image: ViewedImage;
  readonly tile: PlaneTile;
  readonly slice: number;
  readonly window: DisplayWindow;
  /** Whether something of the same slice lies beneath, so that this may come when it is there. */
  readonly covers: boolean;
  readonly onShown: () => void;
}

/** One slice as the server draws it, at full resolution, where the tile would show it. */
export function SlicePicture({ image, tile, slice, window, covers, onShown }: SlicePictureProps) {
  const path = slicePath(image, slice, windowOf(window));
  const [shown, setShown] = useState<string | null>(null);
  return (
    <Picture
      key={covers ? path : image.key}
      path={path}
      alt=""
      className={styles.picture}
      style={{ ...tile.picture, visibility: covers && shown !== path ? 'hidden' : 'visible' }}
      onShown={() => {
        setShown(path);
        onShown();
      }}
    />
  );
}
