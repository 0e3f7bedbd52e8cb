import { useState } from 'react';
import type { Box } from '../geometry/grid.js';
import styles from './BoxFields.module.css';

interface BoxFieldsProps {
  readonly box: Box;
  readonly onChange: (box: Box) => void;
}

const axes = [
  { name: 'x', ends: 'left to right' },
  { name: 'y', ends: 'back to front' },
  { name: 'z', ends: 'feet to head' },
] as const;

/** The sides of a box in numbers, RAS+ mm. */
export function BoxFields({ box, onChange }: BoxFieldsProps) {
  const set = (axis: number, end: 0 | 1, value: number) => {
    const next = box.map((range, i) => {
      if (i !== axis) return range;
      const other = range[1 - end]!;
      return [Math.min(value, other), Math.max(value, other)] as const;
    });
    onChange(next as unknown as Box);
  };
  return (
    <fieldset className={styles.fields}>
      <legend className="visually-hidden">Box in millimetres</legend>
      {axes.map(({ name, ends }, axis) => (
        <div key={name} className={styles.row}>
          <span title={`${name}: from ${ends}`}>{name}</span>
          {([0, 1] as const).map((end) => (
            <SideField
              key={end}
              label={`${name} ${end === 0 ? 'from' : 'to'}, mm, ${ends}`}
              testId={`box-${name}-${end === 0 ? 'low' : 'high'}`}
              value={box[axis]![end]}
              onChange={(value) => set(axis, end, value)}
            />
          ))}
          <small>mm</small>
        </div>
      ))}
    </fieldset>
  );
}

function SideField({
  label,
  testId,
  value,
  onChange,
}: {
  readonly label: string;
  readonly testId: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  // While it is written a number may be none yet.
  const [draft, setDraft] = useState<string | null>(null);
  const take = () => {
    const number = draft === null || draft.trim() === '' ? Number.NaN : Number(draft);
    setDraft(null);
    if (Number.isFinite(number) && number !== value) onChange(number);
  };
  return (
    <input
      type="text"
      inputMode="decimal"
      aria-label={label}
      data-testid={testId}
      value={draft ?? value.toFixed(1)}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take();
      }}
    />
  );
}
