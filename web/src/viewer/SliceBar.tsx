import type { KeyboardEvent, PointerEvent } from 'react';
import { clamp } from '../geometry/grid.js';
import styles from './SliceBar.module.css';

interface SliceBarProps {
  readonly label: string;
  /** Slices from the bottom (feet, back, left) to the top. */
  readonly count: number;
  /** Counted from the bottom. */
  readonly value: number;
  /** What a reader hears. */
  readonly valueText: string;
  readonly onChange: (value: number) => void;
  /** A range that is marked, counted from the bottom, both ends inclusive. */
  readonly band: readonly [number, number] | null;
  readonly bandTitle: string;
}

/** Where in the stack the viewer is, beside its picture: up is up. */
export function SliceBar({ label, count, value, valueText, onChange, band, bandTitle }: SliceBarProps) {
  const set = (next: number) => onChange(clamp(Math.round(next), 0, count - 1));
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const { top, height } = event.currentTarget.getBoundingClientRect();
    set((1 - (event.clientY - top) / height) * count - 0.5);
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowUp: 1,
      ArrowRight: 1,
      ArrowDown: -1,
      ArrowLeft: -1,
      PageUp: 10,
      PageDown: -10,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(value + step);
  };
  const share = (index: number) => `${((index / count) * 100).toFixed(3)}%`;
  return (
    <div
      className={styles.bar}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={count - 1}
      aria-valuenow={value}
      aria-valuetext={valueText}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
      }}
    >
      {band === null ? null : (
        <div
          className={styles.band}
          title={bandTitle}
          style={{ bottom: share(band[0]), height: share(band[1] - band[0] + 1) }}
        />
      )}
      <div className={styles.thumb} style={{ bottom: share(value + 0.5) }} />
    </div>
  );
}
