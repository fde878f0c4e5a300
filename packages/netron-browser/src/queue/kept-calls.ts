/**
 * Calls of the storage as they were read, with what this tab has stored and ended since: what waits is not read anew for each call. What
 * other tabs change is read when they tell of it, and before something is sent.
 */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { StoredCall } from './storage.js';

/** Calls of one user by their ids, the oldest first. */
export type CallsById = ReadonlyMap<string, StoredCall>;

interface Known {
  readonly calls: Promise<Map<string, StoredCall>>;
  /** Time at which their reading began. */
  readonly at: number;
}

interface Reading {
  begun: boolean;
  readonly calls: Promise<CallsById>;
}

/** Milliseconds for which what was read is good enough to send by: tabs that cannot tell each other share a storage, too. */
const recent = 1_000;

const ignore = () => {};

export class KeptCalls {
  readonly #load: (owner: string) => Promise<StoredCall[]>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  /** The latest reading for those who send. */
  readonly #readings = new Map<string, Reading>();

  /** @param load reads the calls of a user from the storage, the oldest first */
  constructor(load: (owner: string) => Promise<StoredCall[]>, clock: Clock) {
    this.#load = load;
    this.#clock = clock;
  }

  /** Calls of a user as far as known; read when nothing is. */
  of(owner: string): Promise<CallsById> {
    return this.#known.get(owner)?.calls ?? this.read(owner);
  }

  /** Calls of a user as they were read within the last second. */
  recent(owner: string): Promise<CallsById> {
    const known = this.#known.get(owner);
    return known !== undefined && this.#clock.now() - known.at < recent ? known.calls : this.anew(owner);
  }

  /** Reads the calls of a user, from this moment on. */
  read(owner: string): Promise<CallsById> {
    const calls = this.#load(owner).then((all) => new Map(all.map((call) => [call.id, call])));
    const known: Known = { calls, at: this.#clock.now() };
    this.#known.set(owner, known);
    calls.catch(() => {
      if (this.#known.get(owner) === known) this.#known.delete(owner);
    });
    return calls;
  }

  /** The same, once for all who ask until it begins: when the reading before it has ended. */
  anew(owner: string): Promise<CallsById> {
    const before = this.#readings.get(owner);
    if (before?.begun === false) return before.calls;
    const begin = () => {
      reading.begun = true;
      return this.read(owner);
    };
    const reading: Reading = { begun: false, calls: (before?.calls ?? Promise.resolve()).then(ignore, ignore).then(begin) };
    this.#readings.set(owner, reading);
    const over = () => {
      if (this.#readings.get(owner) === reading) this.#readings.delete(owner);
    };
    reading.calls.then(over, over);
    return reading.calls;
  }

  /** A call is stored, or was noted as sent. New ones have the highest id. A reading under way may have missed it. */
  put(call: StoredCall): void {
    this.#change(call.owner, (calls) => calls.set(call.id, call));
  }

  /** A call is over. */
  drop(id: string): void {
    for (const owner of this.#known.keys()) this.#change(owner, (calls) => calls.delete(id));
  }

  /** Another tab has changed something. */
  forget(): void {
    this.#known.clear();
  }

  #change(owner: string, change: (calls: Map<string, StoredCall>) => unknown): void {
    this.#known.get(owner)?.calls.then(change, ignore);
  }
}
