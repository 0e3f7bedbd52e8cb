import type { VolumeDetail } from '../../../src/server/schemas.js';
import { nearestSlice } from '../api/nearest-slice.js';
import { cssColour, otherColour } from '../viewer/label-colours.js';
import { useLabelColours } from '../viewer/useLabelColours.js';
import styles from './SharedLabels.module.css';

interface SharedLabelsProps {
  readonly query: VolumeDetail;
  readonly hit: VolumeDetail;
  readonly querySlice: number;
  readonly hitSlice: number;
  /** Whether labels carry the colours that the masks show them in. */
  readonly coloured: boolean;
}

/** The structures that query and hit both have, those on both shown slices first. */
export function SharedLabels({ query, hit, querySlice, hitSlice, coloured }: SharedLabelsProps) {
  const shared = query.labels.filter((label) => hit.labels.includes(label));
  const onQuery = new Set(nearestSlice(query, querySlice)?.labels);
  const onHit = new Set(nearestSlice(hit, hitSlice)?.labels);
  const here = shared.filter((label) => onQuery.has(label) && onHit.has(label));
  const elsewhere = shared.filter((label) => !here.includes(label));
  const onOne = [...new Set([...onQuery, ...onHit])].filter(
    (label) => onQuery.has(label) !== onHit.has(label),
  );
  return (
    <div className={styles.labels} data-testid="shared-labels">
      <Group title="On both slices" labels={here} coloured={coloured} strong />
      <Group title="On one of the two" labels={onOne} coloured={coloured} />
      <Group
        title="Elsewhere in both"
        labels={elsewhere.filter((label) => !onOne.includes(label))}
        coloured={coloured}
      />
    </div>
  );
}

function Group({
  title,
  labels,
  coloured,
  strong = false,
}: {
  readonly title: string;
  readonly labels: readonly string[];
  readonly coloured: boolean;
  readonly strong?: boolean;
}) {
  const colours = useLabelColours();
  if (labels.length === 0) return null;
  return (
    <section className={strong ? styles.strong : undefined}>
      <h4>
        {title} <span>{labels.length}</span>
      </h4>
      <ul>
        {labels.map((label) => (
          <li key={label}>
            {coloured ? <i style={{ background: cssColour(colours.get(label) ?? otherColour) }} /> : null}
            {label.replaceAll('_', ' ')}
          </li>
        ))}
      </ul>
    </section>
  );
}
