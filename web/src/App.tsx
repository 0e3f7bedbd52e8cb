import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Route, Router, Switch, useLocation } from 'wouter';
import styles from './App.module.css';
import { basePath } from './api/base.js';
import { ApiProblem } from './api/problem.js';
import { useTokenWanted } from './api/token.js';
import { Placeholder } from './controls/Placeholder.js';
import { ArchivePage } from './pages/ArchivePage.js';
import { JobsPage } from './pages/JobsPage.js';
import { ReportsPage } from './pages/ReportsPage.js';
import { SearchPage } from './pages/SearchPage.js';
import { ErrorBoundary } from './shell/ErrorBoundary.js';
import { Header } from './shell/Header.js';
import { HelpDialog } from './shell/HelpDialog.js';
import { useKeys } from './shell/shortcuts.js';
import { TokenDialog } from './shell/TokenDialog.js';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      // What the server refused it refuses again; only silence and a full queue are worth another try.
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiProblem && [0, 429, 502, 503].includes(error.problem.status),
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Router base={basePath.replace(/\/$/, '')}>
        <Shell />
      </Router>
    </QueryClientProvider>
  );
}

function Shell() {
  const [helpOpen, setHelpOpen] = useState(false);
  const tokenWanted = useTokenWanted();
  const [location] = useLocation();
  useKeys((key) => {
    if (key === '?') setHelpOpen(true);
    return key === '?';
  });
  return (
    <div className={styles.shell}>
      <Header onHelp={() => setHelpOpen(true)} />
      <ErrorBoundary key={location}>
        <Switch>
          <Route path="/" component={SearchPage} />
          <Route path="/archive" component={ArchivePage} />
          <Route path="/reports" component={ReportsPage} />
          <Route path="/jobs" component={JobsPage} />
          <Route>
            <Placeholder title="There is no such page">
              The navigation above leads to those there are.
            </Placeholder>
          </Route>
        </Switch>
      </ErrorBoundary>
      {helpOpen ? <HelpDialog onClose={() => setHelpOpen(false)} /> : null}
      {tokenWanted ? <TokenDialog /> : null}
    </div>
  );
}
