import type { ReactNode } from 'react';
import styles from './Segmented.module.css';

interface Choice<T> {
  readonly value: T;
  readonly content: ReactNode;
  /** Where the content is a picture. */
  readonly name?: string;
  readonly title?: string;
  readonly disabled?: boolean;
  readonly testId?: string;
}

interface SegmentedProps<T> {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  /** null: none of them. */
  readonly chosen: T | null;
  readonly onChoose: (value: T) => void;
  /** All choices equally wide, together as wide as there is room. */
  readonly fill?: boolean;
}

/** A few choices side by side, one of them taken. */
export function Segmented<T extends string>({
  label,
  choices,
  chosen,
  onChoose,
  fill = false,
}: SegmentedProps<T>) {
  return (
    <fieldset className={fill ? styles.filling : styles.segmented}>
      <legend className="visually-hidden">{label}</legend>
      {choices.map(({ value, content, name, title, disabled, testId }) => (
        <button
          key={value}
          type="button"
          aria-pressed={chosen === value}
          aria-label={name}
          title={title}
          disabled={disabled}
          data-testid={testId}
          onClick={() => onChoose(value)}
        >
          {content}
        </button>
      ))}
    </fieldset>
  );
}
