import { apiAddress } from '../api/base.js';
import { Placeholder } from '../controls/Placeholder.js';
import styles from './ReportView.module.css';
import { type Report, reportFiles, reportPath, tableName } from './report-files.js';

/** A report as its benchmark wrote it, without the right to run anything, and its data to take away. */
export function ReportView({ report }: { readonly report: Report }) {
  const { page, data, tables } = reportFiles(report);
  return (
    <section className={styles.view} aria-label={report.title}>
      <header className={styles.header}>
        <h1 title={report.title}>{report.title}</h1>
        <nav aria-label="Files of the report">
          {page === null ? null : (
            <a href={apiAddress(reportPath(report.name, page))} target="_blank" rel="noreferrer">
              Open alone
            </a>
          )}
          {data.map((file) => (
            <a key={file} href={apiAddress(reportPath(report.name, file))} download data-testid="report-file">
              {file}
            </a>
          ))}
        </nav>
        {tables.length === 0 ? null : (
          <details className={styles.tables}>
            <summary>Tables (CSV) {tables.length}</summary>
            <ul>
              {tables.map((file) => (
                <li key={file}>
                  <a href={apiAddress(reportPath(report.name, file))} download data-testid="report-table">
                    {tableName(file)}
                  </a>
                </li>
              ))}
            </ul>
          </details>
        )}
      </header>
      {page === null ? (
        <Placeholder title="This report has no page">
          Only its data are there. voxseek bench writes report.html beside them.
        </Placeholder>
      ) : (
        <iframe
          key={report.name}
          className={styles.frame}
          title={`Report ${report.title}`}
          src={apiAddress(reportPath(report.name, page))}
          sandbox="allow-popups"
          data-testid="report-frame"
        />
      )}
    </section>
  );
}
