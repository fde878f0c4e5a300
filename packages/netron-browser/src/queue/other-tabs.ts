/** Tabs of the browser that share a queue: which are alive, which one works, and when one has changed the storage. */
import type { Channel, Locks } from '../util/locks.js';

/** Dependencies of the tabs. */
export interface OtherTabsParts {
  /** `undefined` when there is only one tab. */
  readonly locks: Locks | undefined;
  readonly channel: Channel | undefined;
  /** Called when another tab has stored, sent or removed something. */
  onChange(): void;
  /** Called when a watched tab has closed. */
  onTabClosed(): void;
}

export class OtherTabs {
  readonly id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join('');
  /** Resolves when other tabs can see that this one is alive, so that they leave its calls to it. */
  readonly alive: Promise<void>;
  readonly #parts: OtherTabsParts;
  readonly #closing = new AbortController();
  /** Watched tabs, and whether they have closed. */
  readonly #others = new Map<string, boolean>();
  /** Whether there are no locks, or the page may not use them because its origin is opaque. */
  #alone: boolean;

  constructor(parts: OtherTabsParts) {
    this.#parts = parts;
    const { locks, channel } = parts;
    if (channel !== undefined) channel.onmessage = () => parts.onChange();
    this.#alone = locks === undefined;
    this.alive = new Promise((resolve) => {
      if (locks === undefined) return resolve();
      const holdLock = () => {
        resolve();
        return new Promise<void>((release) => this.#closing.signal.addEventListener('abort', () => release()));
      };
      locks.request(`netron-tab ${this.id}`, {}, holdLock).catch(() => {
        this.#alone = true;
        resolve();
        // Without locks, the calls read so far are for this tab to send.
        if (!this.#closing.signal.aborted) parts.onTabClosed();
      });
    });
  }

  /** Whether this tab sends the calls of `tab`. While another tab is alive it does not; `onTabClosed` is called when that changes. */
  sendsFor(tab: string): boolean {
    if (this.#alone || tab === this.id) return true;
    if (!this.#others.has(tab)) this.#watch(tab);
    return this.#others.get(tab) === true;
  }

  /** Runs work that only one tab does at a time. */
  async exclusive(name: string, work: () => Promise<void>): Promise<void> {
    if (this.#alone) return work();
    await this.#parts.locks?.request(name, { signal: this.#closing.signal }, work);
  }

  /** Tells the other tabs that the storage has changed. */
  notify(): void {
    if (!this.#closing.signal.aborted) this.#parts.channel?.postMessage('changed');
  }

  close(): void {
    const { channel } = this.#parts;
    this.#closing.abort();
    if (channel === undefined) return;
    channel.onmessage = null;
    channel.close();
  }

  /** Waits for the lock that a tab holds while it is alive. */
  #watch(tab: string): void {
    const { signal } = this.#closing;
    this.#others.set(tab, false);
    const closed = async () => {
      this.#others.set(tab, true);
      if (!signal.aborted) this.#parts.onTabClosed();
    };
    this.#parts.locks?.request(`netron-tab ${tab}`, { signal }, closed).catch(() => this.#others.delete(tab));
  }
}
