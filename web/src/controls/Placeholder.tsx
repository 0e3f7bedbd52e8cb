import type { ReactNode } from 'react';
import styles from './Placeholder.module.css';

interface PlaceholderProps {
  readonly title: string;
  readonly children?: ReactNode;
}

/** What stands where there is nothing yet, with what to do so that there is. */
export function Placeholder({ title, children }: PlaceholderProps) {
  return (
    <div className={styles.placeholder}>
      <strong>{title}</strong>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}
