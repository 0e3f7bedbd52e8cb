/**
 * A browser has six connections to one server, and a thumbnail that is not made yet may hold one for seconds: so
 * few at a time leave the others to what somebody has clicked.
 */
const atOnce = 2;

interface Turn {
  readonly start: () => void;
}

const running = new Set<Turn>();
const waiting = new Set<Turn>();

/**
 * @param start called when a thumbnail may be asked for, perhaps at once.
 * @returns to be called when it is there, or no longer wanted; more than once does no harm.
 */
export function waitForTurn(start: () => void): () => void {
  const turn: Turn = { start };
  waiting.add(turn);
  startNext();
  return () => {
    waiting.delete(turn);
    running.delete(turn);
    startNext();
  };
}

function startNext(): void {
  for (const turn of waiting) {
    if (running.size >= atOnce) return;
    waiting.delete(turn);
    running.add(turn);
    turn.start();
  }
}
