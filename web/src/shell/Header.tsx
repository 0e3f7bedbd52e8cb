import { useQuery } from '@tanstack/react-query';
import { Link, useRoute } from 'wouter';
import { archiveQuery } from '../api/queries.js';
import { Icon } from '../controls/Icon.js';
import styles from './Header.module.css';
import { useTheme } from './theme.js';

const pages = [
  { path: '/', label: 'Search' },
  { path: '/archive', label: 'Archive' },
  { path: '/reports', label: 'Reports' },
  { path: '/jobs', label: 'Jobs' },
] as const;

export function Header({ onHelp }: { readonly onHelp: () => void }) {
  const { data: archive } = useQuery(archiveQuery);
  const { theme, toggle } = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className={styles.header}>
      <span className={styles.brand}>Voxseek</span>
      <nav className={styles.navigation} aria-label="Pages">
        {pages.map(({ path, label }) => (
          <PageLink key={path} path={path} label={label} />
        ))}
      </nav>
      {archive === undefined ? null : (
        <p className={styles.archive} title={`Encoder ${archive.encoder.name}`}>
          <strong>{archive.name}</strong> {archive.volumes.toLocaleString('en')}{' '}
          {archive.volumes === 1 ? 'volume' : 'volumes'}, {archive.slices.toLocaleString('en')} slices
        </p>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label="Keyboard help"
        title="Keyboard help (?)"
        onClick={onHelp}
      >
        <Icon name="help" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={`Switch to the ${other} theme`}
        title={`Switch to the ${other} theme`}
        onClick={toggle}
        data-testid="theme-toggle"
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
    </header>
  );
}

function PageLink({ path, label }: { readonly path: string; readonly label: string }) {
  const [isHere] = useRoute(path);
  return (
    <Link
      href={path}
      className={isHere ? styles.here : styles.link}
      aria-current={isHere ? 'page' : undefined}
    >
      {label}
    </Link>
  );
}
