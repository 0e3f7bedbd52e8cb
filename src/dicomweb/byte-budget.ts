/**
 * What becomes of a hold. `loading`: its bytes are coming. `ready`: whoever uses them takes them without waiting
 * for anything else, and releases them. `kept`: they are released when others are done.
 */
type Phase = 'loading' | 'ready' | 'kept';

/** The bytes of one download. */
export interface Hold {
  /** Counts bytes that came (or, negative, were given up); waits until there is room for them. */
  readonly grow: (bytes: number) => Promise<void>;
  /** All bytes are there. */
  readonly loaded: (phase: 'ready' | 'kept') => void;
  readonly release: () => void;
}

interface Account {
  phase: Phase;
  expected: number;
  used: number;
}

interface Waiting {
  readonly mayGoOn: () => boolean;
  readonly goOn: () => void;
}

/**
 * Bounds the bytes of downloads that are in memory at the same time. Room is asked for by what is expected before
 * a download begins, and corrected by what comes; where more comes than there is room for, downloads pause.
 *
 * Nothing waits for ever: where nothing is ready to be used, and so nothing will be released, the download that
 * was opened first goes on whatever its size, and where none is open the next one begins. So one that is larger
 * than the limit is taken; nothing but that one goes beyond the limit.
 */
export class ByteBudget {
  readonly #limit: number;
  /** In the order in which they were opened. */
  readonly #accounts = new Set<Account>();
  /** Not begun; only the first may begin, or a large one would wait while small ones pass it. */
  readonly #openings: Waiting[] = [];
  /** Begun, and more came than there was room for. */
  readonly #growths: Waiting[] = [];
  #most = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** The largest number of bytes that were held at the same time. */
  get most(): number {
    return this.#most;
  }

  /** @throws what `signal` is aborted with; so does what the hold does */
  async open(expectedBytes: number, signal: AbortSignal): Promise<Hold> {
    const account: Account = { phase: 'loading', expected: expectedBytes, used: 0 };
    await this.#wait(
      this.#openings,
      {
        mayGoOn: () =>
          this.#reserved() + expectedBytes <= this.#limit || !(this.#has('loading') || this.#has('ready')),
        goOn: () => this.#accounts.add(account),
      },
      signal,
    );
    return {
      grow: (bytes) => this.#grow(account, bytes, signal),
      loaded: (phase) => {
        account.phase = phase;
        account.expected = 0;
        this.#letOthersGoOn();
      },
      release: () => {
        this.#accounts.delete(account);
        this.#letOthersGoOn();
      },
    };
  }

  async #grow(account: Account, bytes: number, signal: AbortSignal): Promise<void> {
    if (bytes <= 0) {
      account.used += bytes;
      this.#letOthersGoOn();
      return;
    }
    await this.#wait(
      this.#growths,
      {
        mayGoOn: () =>
          account.used + bytes <= account.expected ||
          this.#reserved() - reserved(account) + account.used + bytes <= this.#limit ||
          (this.#firstLoading() === account && !this.#has('ready')),
        goOn: () => {
          account.used += bytes;
          this.#most = Math.max(this.#most, this.#used());
        },
      },
      signal,
    );
  }

  async #wait(queue: Waiting[], waiting: Waiting, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if ((queue !== this.#openings || queue.length === 0) && waiting.mayGoOn()) {
      waiting.goOn();
      return;
    }
    await new Promise<void>((accept, reject) => {
      const abort = () => {
        const place = queue.indexOf(entry);
        if (place >= 0) queue.splice(place, 1);
        reject(signal.reason);
      };
      const entry: Waiting = {
        mayGoOn: waiting.mayGoOn,
        goOn: () => {
          signal.removeEventListener('abort', abort);
          waiting.goOn();
          accept();
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      queue.push(entry);
    });
  }

  #letOthersGoOn(): void {
    for (;;) {
      const growth = this.#growths.findIndex(({ mayGoOn }) => mayGoOn());
      if (growth >= 0) this.#growths.splice(growth, 1)[0]!.goOn();
      else if (this.#openings[0]?.mayGoOn()) this.#openings.shift()!.goOn();
      else return;
    }
  }

  #has(phase: Phase): boolean {
    return [...this.#accounts].some((account) => account.phase === phase);
  }

  #firstLoading(): Account | undefined {
    return [...this.#accounts].find((account) => account.phase === 'loading');
  }

  #reserved(): number {
    return [...this.#accounts].reduce((sum, account) => sum + reserved(account), 0);
  }

  #used(): number {
    return [...this.#accounts].reduce((sum, account) => sum + account.used, 0);
  }
}

function reserved({ expected, used }: Account): number {
  return Math.max(expected, used);
}
