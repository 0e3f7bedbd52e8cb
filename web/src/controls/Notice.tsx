import { explain } from '../api/problem.js';
import { Icon } from './Icon.js';
import styles from './Notice.module.css';

interface NoticeProps {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
  readonly onDismiss?: () => void;
  /** For narrow places. */
  readonly compact?: boolean;
}

/** What went wrong and what to do about it. */
export function Notice({ error, onRetry, onDismiss, compact = false }: NoticeProps) {
  const { title, detail, advice, code } = explain(error);
  return (
    <div
      className={compact ? styles.compact : styles.notice}
      role="alert"
      data-testid="notice"
      data-code={code ?? ''}
    >
      <span className={styles.icon}>
        <Icon name="warning" />
      </span>
      <div>
        <strong>{title}</strong>
        <p>{detail}</p>
        <p className={styles.advice}>{advice}</p>
        {onRetry === undefined ? null : (
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        )}
      </div>
      {onDismiss === undefined ? null : (
        <button type="button" className={styles.dismiss} aria-label="Dismiss" onClick={onDismiss}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
