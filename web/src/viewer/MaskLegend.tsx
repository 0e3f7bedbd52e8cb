import { cssColour, labelColour } from './label-colours.js';
import styles from './MaskLegend.module.css';

/** Which colour of the mask is which structure. */
export function MaskLegend({ names }: { readonly names: Readonly<Record<string, string>> }) {
  const labels = Object.entries(names);
  if (labels.length === 0) return null;
  return (
    <ul className={styles.legend} aria-label="Structures of the mask">
      {labels.map(([number, name]) => (
        <li key={number}>
          <span style={{ background: cssColour(labelColour(Number(number))) }} />
          {name.replaceAll('_', ' ')}
        </li>
      ))}
    </ul>
  );
}
