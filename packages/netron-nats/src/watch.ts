import type { KvWatchEntry } from '@nats-io/kv';
import type { QueuedIterator } from '@nats-io/transport-node';
import type { Clock } from '@omnitron-dev/netron';

/** One watch of the records, and its progress. */
export class Watch {
  readonly #entries: QueuedIterator<KvWatchEntry>;
  readonly #clock: Clock;
  readonly #timeout: number;
  #reached: number;
  #listed: boolean;
  #entriesSoFar = 0;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  /**
   * @param reached number of the last change of an empty store
   * @param take called for each entry, starting with the existing ones
   * @param timeout milliseconds without an entry after which waiting ends
   */
  constructor(
    entries: QueuedIterator<KvWatchEntry>,
    reached: number | undefined,
    take: (entry: KvWatchEntry) => void,
    clock: Clock,
    timeout: number,
  ) {
    this.#entries = entries;
    this.#clock = clock;
    this.#timeout = timeout;
    this.#reached = reached ?? 0;
    this.#listed = reached !== undefined;
    void this.#read(take);
  }

  /** Resolves to whether all entries that existed at the start have arrived in time. */
  listed(): Promise<boolean> {
    return this.#until(() => this.#listed);
  }

  /** Resolves to whether a change has arrived in time. */
  reached(revision: number): Promise<boolean> {
    return this.#until(() => this.#reached >= revision);
  }

  stop(): void {
    this.#ended = true;
    this.#entries.stop();
    this.#wake();
  }

  async #read(take: (entry: KvWatchEntry) => void): Promise<void> {
    try {
      for await (const entry of this.#entries) {
        if (this.#ended) return;
        this.#entriesSoFar += 1;
        this.#reached = Math.max(this.#reached, entry.revision);
        if (entry.delta === 0) this.#listed = true;
        take(entry);
        this.#wake();
      }
    } catch {
      // The next heartbeat creates another one.
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #until(done: () => boolean): Promise<boolean> {
    if (done() || this.#ended) return done() && !this.#ended;
    let timer: unknown;
    let wake = (): void => {};
    await new Promise<void>((resolve) => {
      wake = () => {
        if (done() || this.#ended) resolve();
      };
      this.#waiting.add(wake);
      // A long list may take any time as long as entries arrive.
      const look = (before: number): void => {
        timer = this.#clock.setTimeout(
          () => (this.#entriesSoFar === before ? resolve() : look(this.#entriesSoFar)),
          this.#timeout,
          true,
        );
      };
      look(this.#entriesSoFar);
    });
    this.#waiting.delete(wake);
    this.#clock.clearTimeout(timer);
    return done() && !this.#ended;
  }
}
