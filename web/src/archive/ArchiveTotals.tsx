import type { ArchiveFacts } from '../../../src/server/schemas.js';
import styles from './ArchiveTotals.module.css';

/** How much the archive holds, and what its embeddings are. */
export function ArchiveTotals({ archive }: { readonly archive: ArchiveFacts }) {
  const { name, volumes, slices, encoder, plane, everyMm } = archive;
  return (
    <header className={styles.totals}>
      <h1 title={name}>{name}</h1>
      <p className={styles.numbers}>
        <span>
          <strong>{volumes.toLocaleString('en')}</strong> {volumes === 1 ? 'volume' : 'volumes'}
        </span>
        <span>
          <strong>{slices.toLocaleString('en')}</strong> {slices === 1 ? 'slice' : 'slices'}
        </span>
      </p>
      <p className={styles.encoder}>
        {everyMm === null ? `All ${plane} slices` : `${plane} slices every ${everyMm} mm`}, embedded by{' '}
        {encoder.name} in {encoder.dimension} dimensions
      </p>
    </header>
  );
}
