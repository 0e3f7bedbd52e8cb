import { cssColour, otherColour } from './label-colours.js';
import styles from './MaskLegend.module.css';
import { useLabelColours } from './useLabelColours.js';

interface MaskLegendProps {
  /** By label number. */
  readonly names: Readonly<Record<string, string>>;
  /** Names to show; null: all. */
  readonly only: readonly string[] | null;
}

/** Which colour of the mask is which structure. */
export function MaskLegend({ names, only }: MaskLegendProps) {
  const colours = useLabelColours();
  const labels = Object.entries(names).filter(([, name]) => only === null || only.includes(name));
  if (labels.length === 0) return null;
  return (
    <ul className={styles.legend} aria-label="Structures of the mask">
      {labels.map(([number, name]) => (
        <li key={number}>
          <span style={{ background: cssColour(colours.get(name) ?? otherColour) }} />
          {name.replaceAll('_', ' ')}
        </li>
      ))}
    </ul>
  );
}
