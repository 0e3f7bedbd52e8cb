import { useEffect, useState } from 'react';

type Theme = 'dark' | 'light';

const storageKey = 'voxseek.theme';

function storedTheme(): Theme {
  return localStorage.getItem(storageKey) === 'light' ? 'light' : 'dark';
}

/** Called before the first picture, so that the page does not flash in the other theme. */
export function applyStoredTheme(): void {
  document.documentElement.dataset.theme = storedTheme();
}

/** The theme of this browser: dark until another is chosen. Not part of an address that is shared. */
export function useTheme(): { readonly theme: Theme; readonly toggle: () => void } {
  const [theme, setTheme] = useState(storedTheme);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(storageKey, theme);
  }, [theme]);
  return { theme, toggle: () => setTheme((now) => (now === 'dark' ? 'light' : 'dark')) };
}
