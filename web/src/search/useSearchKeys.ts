import { useKeys } from '../shell/shortcuts.js';
import { type Layout, layouts } from '../viewer/tiles.js';

/** How many slices towards the head, the front or the right a key goes. */
const slicesOfKey: Readonly<Record<string, number>> = {
  ArrowUp: 1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowLeft: -1,
  PageUp: 10,
  PageDown: -10,
};

/** What the keys of the search page can do. The help dialog (shortcuts.ts) says which key does what. */
interface SearchActions {
  readonly stepHit: (by: 1 | -1) => void;
  readonly stepSlices: (by: number) => void;
  readonly toMatch: (end: 'first' | 'last') => void;
  readonly chooseLayout: (layout: Layout) => void;
  readonly nextWindow: () => void;
  readonly toggleLink: () => void;
  readonly toggleMask: () => void;
  readonly toggleDrawing: () => void;
  readonly stopDrawing: () => void;
  readonly searchAgain: () => void;
  readonly focusFilter: () => void;
}

export function useSearchKeys(actions: SearchActions): void {
  useKeys((key) => {
    const layout = layouts[Number(key) - 1];
    if (layout !== undefined) actions.chooseLayout(layout);
    else if (key in slicesOfKey) actions.stepSlices(slicesOfKey[key]!);
    else if (key === 'j') actions.stepHit(1);
    else if (key === 'k') actions.stepHit(-1);
    else if (key === 'Home') actions.toMatch('first');
    else if (key === 'End') actions.toMatch('last');
    else if (key === 'w') actions.nextWindow();
    else if (key === 'l') actions.toggleLink();
    else if (key === 'm') actions.toggleMask();
    else if (key === 'b') actions.toggleDrawing();
    else if (key === 'Escape') actions.stopDrawing();
    else if (key === 's') actions.searchAgain();
    else if (key === '/') actions.focusFilter();
    else return false;
    return true;
  });
}
