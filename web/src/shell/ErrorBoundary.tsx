import { Component, type ReactNode } from 'react';
import { Notice } from '../controls/Notice.js';

interface ErrorBoundaryState {
  readonly error: unknown;
}

/** Shows what broke instead of an empty page; the navigation stays. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <main style={{ padding: 24, maxWidth: 640 }}>
        <Notice error={this.state.error} onRetry={() => this.setState({ error: null })} />
      </main>
    );
  }
}
