import { useSyncExternalStore } from 'react';

/**
 * The token that a server beyond loopback asks for. Kept for this tab only, so that a shared computer forgets it.
 */
const storageKey = 'voxseek.token';
const listeners = new Set<() => void>();
let refused = false;

export function currentToken(): string | null {
  return sessionStorage.getItem(storageKey);
}

/** Remembers the token, after the server has taken it. */
export function acceptToken(token: string): void {
  sessionStorage.setItem(storageKey, token);
  refused = false;
  for (const listener of listeners) listener();
}

/** Called when the server refuses a request for want of a token. */
export function tokenRefused(): void {
  if (refused) return;
  refused = true;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the server wants a token that it has not been given. */
export function useTokenWanted(): boolean {
  return useSyncExternalStore(subscribe, () => refused);
}
