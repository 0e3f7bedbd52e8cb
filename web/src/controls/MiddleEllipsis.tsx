import styles from './MiddleEllipsis.module.css';

/** Ids differ at their ends: the last letters stay when there is no room for all. */
const keptLetters = 6;

export function MiddleEllipsis({ text }: { readonly text: string }) {
  const cut = Math.max(0, text.length - keptLetters);
  return (
    <span className={styles.text} title={text}>
      <span className={styles.head}>{text.slice(0, cut)}</span>
      <span className={styles.tail}>{text.slice(cut)}</span>
    </span>
  );
}
