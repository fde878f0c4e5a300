import type { ConnectionReceiver } from '../../src/transport/transport.js';

/** A receiver that keeps what it was given, for tests to wait for. */
export class Probe implements ConnectionReceiver {
  readonly messages: Uint8Array[] = [];
  readonly errors: (Error | undefined)[] = [];
  drains = 0;
  /** Called with each message, after it was kept. */
  onMessage: ((bytes: Uint8Array) => void) | undefined;
  /** Counts instead of keeping. */
  countOnly = false;
  count = 0;
  bytes = 0;
  #waiters: { done: () => boolean; resolve: () => void }[] = [];

  message(bytes: Uint8Array): void {
    if (this.errors.length > 0) throw new Error('a message after the end');
    this.count++;
    this.bytes += bytes.length;
    if (!this.countOnly) this.messages.push(bytes);
    this.onMessage?.(bytes);
    this.#check();
  }

  drained(): void {
    if (this.errors.length > 0) throw new Error('drained after the end');
    this.drains++;
    this.#check();
  }

  closed(error: Error | undefined): void {
    this.errors.push(error);
    this.#check();
  }

  /** Resolves when `done` answers true after one of the calls above. */
  until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ done, resolve }));
  }

  /** The first `count` messages; fails when the connection ends before. */
  async take(count: number): Promise<Uint8Array[]> {
    await this.until(() => this.count >= count || this.errors.length > 0);
    if (this.count < count) throw new Error(`${this.count} of ${count} messages, then ${String(this.errors[0])}`);
    return this.messages.slice(0, count);
  }

  /** What the connection ended with. */
  async end(): Promise<Error | undefined> {
    await this.until(() => this.errors.length > 0);
    return this.errors[0];
  }

  #check(): void {
    const ready = this.#waiters.filter((waiter) => waiter.done());
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) waiter.resolve();
  }
}

/** A message whose bytes tell its number and their places. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed * 13) & 255;
  return bytes;
}

/** Compares quickly; `expect` walks long arrays element by element. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  if (a === undefined || a.length !== b.length) return false;
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Resolves after the event loop has gone round once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
