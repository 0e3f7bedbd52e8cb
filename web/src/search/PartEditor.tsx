import { useState } from 'react';
import type { ViewedImage } from '../api/images.js';
import { Segmented } from '../controls/Segmented.js';
import { boxOf, planeAcross, sliceCount } from '../geometry/grid.js';
import { roundedBox } from '../viewer/box-drag.js';
import { BoxFields } from './BoxFields.js';
import { positionOfSlice } from './linked-places.js';
import styles from './PartEditor.module.css';
import { RangeSlider } from './RangeSlider.js';
import { hasRectangle, type QueryPart } from './search-state.js';

interface PartEditorProps {
  readonly image: ViewedImage;
  readonly part: QueryPart;
  readonly onPart: (part: QueryPart) => void;
  readonly cropMarginMm: number | null;
  readonly onCrop: (marginMm: number | null) => void;
  /** Slice that the viewer shows. */
  readonly currentSlice: number;
  readonly drawing: boolean;
  readonly onDrawing: (drawing: boolean) => void;
}

const defaultMarginMm = 10;

/** Which part of the query is looked for. */
export function PartEditor(props: PartEditorProps) {
  const { image, part, onPart, cropMarginMm, onCrop, currentSlice, drawing, onDrawing } = props;
  const count = sliceCount(image, planeAcross(image, image.sliceAxis));
  const labels = image.detail?.labels ?? [];
  const around = (): QueryPart => {
    const reach = Math.max(1, Math.round(count / 10));
    return {
      kind: 'slices',
      slices: [Math.max(0, currentSlice - reach), Math.min(count - 1, currentSlice + reach)],
    };
  };
  const choices: readonly {
    kind: QueryPart['kind'];
    label: string;
    part: () => QueryPart | null;
    disabled?: boolean;
  }[] = [
    { kind: 'whole', label: 'Whole', part: () => ({ kind: 'whole' }) },
    { kind: 'slice', label: 'Slice', part: () => ({ kind: 'slice', slice: currentSlice }) },
    { kind: 'slices', label: 'Range', part: around },
    { kind: 'box', label: 'Box', part: () => null },
    {
      kind: 'label',
      label: 'Label',
      part: () => (labels[0] === undefined ? null : { kind: 'label', label: labels[0] }),
      disabled: labels.length === 0,
    },
  ];
  const shownKind = drawing ? 'box' : part.kind;
  return (
    <div className={styles.editor}>
      <Segmented
        label="Part of the query"
        fill
        choices={choices.map(({ kind, label, disabled }) => ({
          value: kind,
          content: label,
          disabled: disabled === true,
          testId: `part-${kind}`,
        }))}
        chosen={shownKind}
        onChoose={(kind) => {
          onDrawing(kind === 'box');
          const next = choices.find((choice) => choice.kind === kind)?.part() ?? null;
          if (next !== null) onPart(next);
        }}
      />

      {shownKind === 'slice' && part.kind === 'slice' ? (
        <p className={styles.line}>
          Slice {part.slice}
          {part.slice === currentSlice ? null : (
            <button
              type="button"
              className="button"
              onClick={() => onPart({ kind: 'slice', slice: currentSlice })}
            >
              Take slice {currentSlice}
            </button>
          )}
        </p>
      ) : null}

      {shownKind === 'slices' && part.kind === 'slices' ? (
        <SliceRange image={image} slices={part.slices} max={count - 1} onPart={onPart} />
      ) : null}

      {shownKind === 'box' ? (
        part.kind === 'box' ? (
          <>
            <BoxFields box={part.box} onChange={(box) => onPart({ kind: 'box', box: roundedBox(box) })} />
            <p className={styles.line}>
              <span className={styles.hint}>{drawing ? 'Drag to change it.' : ''}</span>
              <button
                type="button"
                className="button"
                aria-pressed={drawing}
                onClick={() => onDrawing(!drawing)}
              >
                {drawing ? 'Done' : 'Draw'}
              </button>
            </p>
          </>
        ) : (
          <p className={styles.hint} data-testid="box-hint">
            Drag over the query to draw a box, or{' '}
            <button
              type="button"
              className={styles.inline}
              onClick={() => onPart({ kind: 'box', box: middleBox(image) })}
            >
              start in the middle
            </button>
            .
          </p>
        )
      ) : null}

      {shownKind === 'label' && part.kind === 'label' ? (
        <select
          aria-label="Label"
          data-testid="part-label-select"
          value={part.label}
          onChange={(event) => onPart({ kind: 'label', label: event.target.value })}
        >
          {labels.map((label) => (
            <option key={label} value={label}>
              {label.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      ) : null}

      {hasRectangle(part) && (shownKind === 'box' || shownKind === 'label') ? (
        <label className={styles.crop}>
          <input
            type="checkbox"
            checked={cropMarginMm !== null}
            data-testid="crop"
            onChange={(event) => onCrop(event.target.checked ? defaultMarginMm : null)}
          />
          Region only
          {cropMarginMm === null ? null : (
            <>
              , margin
              <input
                type="number"
                min={0}
                max={200}
                step={5}
                aria-label="Margin around the region, mm"
                value={cropMarginMm}
                onChange={(event) => {
                  const margin = event.target.valueAsNumber;
                  if (margin >= 0 && margin <= 1000) onCrop(margin);
                }}
              />
              mm
            </>
          )}
        </label>
      ) : null}
    </div>
  );
}

/** Half of the volume along each axis, around its middle. */
function middleBox(image: ViewedImage) {
  const quarter = boxOf(image).map(
    ([low, high]) => [low + (high - low) / 4, high - (high - low) / 4] as const,
  );
  return roundedBox([quarter[0]!, quarter[1]!, quarter[2]!]);
}

function SliceRange({
  image,
  slices,
  max,
  onPart,
}: {
  readonly image: ViewedImage;
  readonly slices: readonly [number, number];
  readonly max: number;
  readonly onPart: (part: QueryPart) => void;
}) {
  const [draft, setDraft] = useState<readonly [number, number] | null>(null);
  const [from, to] = draft ?? slices;
  const lengthMm = Math.abs(positionOfSlice(image, to) - positionOfSlice(image, from));
  return (
    <div>
      <RangeSlider
        label="Slices"
        max={max}
        value={[from, Math.min(to, max)]}
        onChange={setDraft}
        onDone={() => {
          if (draft !== null) onPart({ kind: 'slices', slices: draft });
          setDraft(null);
        }}
      />
      <p className={styles.line}>
        <span>
          Slices {from} to {to}
        </span>
        <span className={styles.hint}>{lengthMm.toFixed(0)} mm</span>
      </p>
    </div>
  );
}
