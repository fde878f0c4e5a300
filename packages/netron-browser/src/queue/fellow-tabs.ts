/** Tabs of the browser that share a queue: which of them live, which one works, and when one has changed what is stored. */
import type { Channel, Locks } from '../util/locks.js';

/** Parts of what tabs share. */
export interface FellowTabsParts {
  /** `undefined` where there is one tab only. */
  readonly locks: Locks | undefined;
  readonly channel: Channel | undefined;
  /** Told when another tab has stored, sent or forgotten something. */
  changed(): void;
  /** Told when a tab that was asked for is gone. */
  gone(): void;
}

export class FellowTabs {
  readonly id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join('');
  /** Resolves when others can see that this tab lives, so that its calls are left to it. */
  readonly alive: Promise<void>;
  readonly #parts: FellowTabsParts;
  readonly #closing = new AbortController();
  /** Tabs that were asked for, and whether they are gone. */
  readonly #others = new Map<string, boolean>();
  /** Whether there are no locks, or the page may not use them: an opaque origin shares nothing. */
  #alone: boolean;

  constructor(parts: FellowTabsParts) {
    this.#parts = parts;
    const { locks, channel } = parts;
    if (channel !== undefined) channel.onmessage = () => parts.changed();
    this.#alone = locks === undefined;
    this.alive = new Promise((resolve) => {
      if (locks === undefined) return resolve();
      const live = () => {
        resolve();
        return new Promise<void>((release) => this.#closing.signal.addEventListener('abort', () => release()));
      };
      locks.request(`netron-tab ${this.id}`, {}, live).catch(() => {
        this.#alone = true;
        resolve();
        // What was read before is this tab's to send, too.
        if (!this.#closing.signal.aborted) parts.gone();
      });
    });
  }

  /** Whether a call of `tab` is this one's to send. Of another one that lives it is told, by `gone`, when that changes. */
  takes(tab: string): boolean {
    if (this.#alone || tab === this.id) return true;
    if (!this.#others.has(tab)) this.#watch(tab);
    return this.#others.get(tab) === true;
  }

  /** Does what one tab does at a time. */
  async exclusive(name: string, work: () => Promise<void>): Promise<void> {
    if (this.#alone) return work();
    await this.#parts.locks?.request(name, { signal: this.#closing.signal }, work);
  }

  /** Tells the others that what is stored has changed. */
  tell(): void {
    if (!this.#closing.signal.aborted) this.#parts.channel?.postMessage('changed');
  }

  close(): void {
    const { channel } = this.#parts;
    this.#closing.abort();
    if (channel === undefined) return;
    channel.onmessage = null;
    channel.close();
  }

  /** Waits for the lock that a tab holds as long as it lives. */
  #watch(tab: string): void {
    const { signal } = this.#closing;
    this.#others.set(tab, false);
    const gone = async () => {
      this.#others.set(tab, true);
      if (!signal.aborted) this.#parts.gone();
    };
    this.#parts.locks?.request(`netron-tab ${tab}`, { signal }, gone).catch(() => this.#others.delete(tab));
  }
}
