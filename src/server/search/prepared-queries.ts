import { VoxseekError } from '../../errors.js';
import type { Query } from '../../retrieval/query.js';

/** Bytes of embeddings that are kept: those of some hundred volumes. */
const maximalBytes = 256 * 1024 * 1024;

interface Preparation {
  readonly query: Promise<Query>;
  readonly stop: AbortController;
  /** Clients that wait for it, by their signals. */
  readonly waiting: Set<AbortSignal>;
  /** Of the embeddings; 0 until they are there. */
  bytes: number;
}

/**
 * Queries that had to be encoded, kept for the next search with them and for the alignments that follow a
 * search: with a large encoder the encoding takes nearly all of the time. Those used longest ago go first.
 */
export class PreparedQueries {
  readonly #preparations = new Map<string, Preparation>();

  /**
   * @param key all that the embeddings depend on.
   * @param prepare called once, however many clients ask at the same time; its signal is for when all of them
   *   have gone away.
   */
  async query(
    key: string,
    prepare: (signal: AbortSignal) => Promise<Query>,
    signal: AbortSignal,
  ): Promise<Query> {
    const existing = this.#preparations.get(key);
    const preparation = existing ?? this.#begin(key, prepare);
    if (existing !== undefined && existing.bytes > 0) {
      this.#preparations.delete(key);
      this.#preparations.set(key, existing);
    }
    const query = await waitedFor(preparation, signal, () => {
      // A newcomer must not be given what is about to be stopped.
      if (this.#preparations.get(key) === preparation) this.#preparations.delete(key);
      preparation.stop.abort();
    });
    return existing === undefined ? query : { ...query, readMs: 0, encodeMs: 0 };
  }

  #begin(key: string, prepare: (signal: AbortSignal) => Promise<Query>): Preparation {
    const stop = new AbortController();
    const preparation: Preparation = { query: prepare(stop.signal), stop, waiting: new Set(), bytes: 0 };
    this.#preparations.set(key, preparation);
    preparation.query.then(
      (query) => {
        preparation.bytes = query.embeddings.byteLength;
        this.#makeRoom();
      },
      () => {
        if (this.#preparations.get(key) === preparation) this.#preparations.delete(key);
      },
    );
    return preparation;
  }

  #makeRoom(): void {
    let bytes = [...this.#preparations.values()].reduce((sum, preparation) => sum + preparation.bytes, 0);
    for (const [key, preparation] of this.#preparations) {
      if (bytes <= maximalBytes) return;
      if (preparation.bytes === 0) continue;
      this.#preparations.delete(key);
      bytes -= preparation.bytes;
    }
  }
}

/**
 * @param abandon called where the last client that waited has gone away.
 * @throws VoxseekError INTERRUPTED where this client has, and what the preparation throws
 */
async function waitedFor(
  { query, waiting, bytes }: Preparation,
  signal: AbortSignal,
  abandon: () => void,
): Promise<Query> {
  if (bytes > 0) return query;
  waiting.add(signal);
  return new Promise<Query>((accept, reject) => {
    const leave = () => {
      waiting.delete(signal);
      if (waiting.size === 0) abandon();
      reject(new VoxseekError('INTERRUPTED', 'the client went away'));
    };
    signal.addEventListener('abort', leave, { once: true });
    query.then(accept, reject).finally(() => {
      waiting.delete(signal);
      signal.removeEventListener('abort', leave);
    });
  });
}
