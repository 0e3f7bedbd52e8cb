import { useEffect, useRef } from 'react';

/** What the keys do, as the help shows it. */
export const shortcutHelp: readonly {
  readonly group: string;
  readonly keys: readonly (readonly [string[], string])[];
}[] = [
  {
    group: 'Hits',
    keys: [
      [['j', 'k'], 'next and previous hit'],
      [['l'], 'link or unlink scrolling'],
      [['s'], 'search again'],
    ],
  },
  {
    group: 'Slices',
    keys: [
      [['↑', '↓'], 'next slice up and down'],
      [['PgUp', 'PgDn'], 'ten slices'],
      [['Home', 'End'], 'first matched slice and last'],
      [['wheel'], 'slices of the plane under the mouse'],
    ],
  },
  {
    group: 'View',
    keys: [
      [['1', '2', '3'], 'axial, coronal, sagittal'],
      [['4', '5'], 'three planes with 3D, 3D alone'],
      [['w'], 'next window'],
      [['m'], 'mask on or off'],
      [['right drag'], 'width and level by hand'],
      [['Ctrl wheel'], 'enlarge one plane'],
      [['Shift drag'], 'move what is enlarged; double click: all of it'],
    ],
  },
  {
    group: 'Query',
    keys: [
      [['/'], 'filter the volumes'],
      [['b'], 'draw a box'],
      [['Esc'], 'stop drawing, close a dialog, leave a field'],
      [['?'], 'this help'],
    ],
  },
];

/**
 * Acts on keys that are pressed anywhere but in a field or a dialog, and without Ctrl, Alt or Meta.
 *
 * @param act takes a key as `KeyboardEvent.key` names it; returns whether it did anything.
 */
export function useKeys(act: (key: string) => boolean): void {
  const current = useRef(act);
  current.current = act;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest('input, select, textarea, dialog, [contenteditable]')) {
        if (event.key === 'Escape' && target instanceof HTMLElement && !target.closest('dialog'))
          target.blur();
        return;
      }
      if (current.current(event.key)) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
