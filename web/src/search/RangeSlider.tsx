import styles from './RangeSlider.module.css';

interface RangeSliderProps {
  readonly label: string;
  readonly max: number;
  readonly value: readonly [number, number];
  readonly onChange: (value: readonly [number, number]) => void;
  /** After the last change of a movement. */
  readonly onDone: () => void;
}

/** A range of slices with a handle for each end. */
export function RangeSlider({ label, max, value: [low, high], onChange, onDone }: RangeSliderProps) {
  const share = (index: number) => `${(index / Math.max(1, max)) * 100}%`;
  return (
    <fieldset className={styles.slider}>
      <legend className="visually-hidden">{label}</legend>
      <div className={styles.track}>
        <div className={styles.chosen} style={{ left: share(low), right: `calc(100% - ${share(high)})` }} />
      </div>
      <input
        type="range"
        min={0}
        max={max}
        value={low}
        aria-label="First slice"
        data-testid="slices-from"
        onChange={(event) => onChange([Math.min(Number(event.target.value), high), high])}
        onPointerUp={onDone}
        onKeyUp={onDone}
      />
      <input
        type="range"
        min={0}
        max={max}
        value={high}
        aria-label="Last slice"
        data-testid="slices-to"
        onChange={(event) => onChange([low, Math.max(Number(event.target.value), low)])}
        onPointerUp={onDone}
        onKeyUp={onDone}
      />
    </fieldset>
  );
}
