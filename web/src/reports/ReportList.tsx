import { formatTime } from '../controls/format-time.js';
import styles from './ReportList.module.css';
import type { Report } from './report-files.js';

interface ReportListProps {
  readonly reports: readonly Report[];
  readonly chosen: string | null;
  readonly onChoose: (report: string) => void;
}

/** Benchmark reports, the latest first. */
export function ReportList({ reports, chosen, onChoose }: ReportListProps) {
  return (
    <aside className={styles.panel} aria-label="Benchmark reports">
      <h2>Benchmark reports</h2>
      <ul>
        {reports.map(({ name, title, createdAt }) => (
          <li key={name}>
            <button
              type="button"
              className={styles.report}
              aria-current={name === chosen}
              data-testid="report"
              data-report={name}
              onClick={() => onChoose(name)}
            >
              <span className={styles.title} title={title}>
                {title}
              </span>
              <span className={styles.facts}>
                {name === title ? '' : `${name}, `}
                {formatTime(createdAt)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  );
}
