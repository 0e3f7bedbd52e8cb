import { queryOptions, useQuery } from '@tanstack/react-query';
import { useLocation, useSearch } from 'wouter';
import type { ReportList as ReportListAnswer } from '../../../src/server/schemas.js';
import { requestJson } from '../api/client.js';
import { archiveQuery } from '../api/queries.js';
import { Notice } from '../controls/Notice.js';
import { Placeholder } from '../controls/Placeholder.js';
import { ReportList } from '../reports/ReportList.js';
import { ReportView } from '../reports/ReportView.js';
import styles from './ReportsPage.module.css';

const reportsQuery = queryOptions({
  queryKey: ['reports'],
  queryFn: ({ signal }) => requestJson<ReportListAnswer>('reports', { signal }),
});

/** What `voxseek bench` found out about encoders, indexes and rankings. */
export function ReportsPage() {
  const { data, error, refetch } = useQuery(reportsQuery);
  const { data: archive } = useQuery(archiveQuery);
  const [, navigate] = useLocation();
  const asked = new URLSearchParams(useSearch()).get('report');

  if (error !== null) {
    return (
      <main className={styles.message}>
        <Notice error={error} onRetry={() => void refetch()} />
      </main>
    );
  }
  if (data === undefined) return <main className={styles.message} aria-busy="true" />;
  const { reports } = data;
  const chosen = asked === null ? reports[0] : reports.find(({ name }) => name === asked);
  if (reports.length === 0) {
    return (
      <main className={styles.message}>
        <div className={styles.empty} data-testid="no-reports">
          <Placeholder title="No benchmark reports">
            A benchmark measures how well encoders and rankings find labelled volumes. Write its results into
            the folder of reports beside the archive:
          </Placeholder>
          <pre>voxseek bench cohort.csv --out {archive?.name ?? 'my-archive'}.reports/first</pre>
        </div>
      </main>
    );
  }
  return (
    <main className={styles.page}>
      <ReportList
        reports={reports}
        chosen={chosen?.name ?? null}
        onChoose={(name) => navigate(`/reports?${new URLSearchParams({ report: name })}`)}
      />
      {chosen === undefined ? (
        <Placeholder title="There is no such report">Choose one on the left.</Placeholder>
      ) : (
        <ReportView report={chosen} />
      )}
    </main>
  );
}
