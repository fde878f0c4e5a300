/**
 * Cache of the stored calls, updated with the calls that this tab stores and ends, so that the storage is not read again for each call.
 * Changes by other tabs are read when those tabs report them, and before a call is sent.
 */
import type { Clock } from '@omnitron-dev/netron/http/client';
import type { StoredCall } from './storage.js';

/** Calls of one user by id, the oldest first. */
export type CallsById = ReadonlyMap<string, StoredCall>;

interface Known {
  readonly calls: Promise<Map<string, StoredCall>>;
  /** Time at which the read began. */
  readonly at: number;
}

interface Reading {
  begun: boolean;
  readonly calls: Promise<CallsById>;
}

/** Milliseconds for which a read is recent enough for sending: tabs that share a storage may be unable to notify each other. */
const recent = 1_000;

const ignore = () => {};

export class StoredCallCache {
  readonly #load: (owner: string) => Promise<StoredCall[]>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  /** The latest read for senders. */
  readonly #readings = new Map<string, Reading>();

  /** @param load reads the calls of a user from the storage, the oldest first */
  constructor(load: (owner: string) => Promise<StoredCall[]>, clock: Clock) {
    this.#load = load;
    this.#clock = clock;
  }

  /** Returns the known calls of a user; reads them when none are known. */
  of(owner: string): Promise<CallsById> {
    return this.#known.get(owner)?.calls ?? this.read(owner);
  }

  /** Returns the calls of a user as read within the last second. */
  recent(owner: string): Promise<CallsById> {
    const known = this.#known.get(owner);
    return known !== undefined && this.#clock.now() - known.at < recent ? known.calls : this.reread(owner);
  }

  /** Reads the calls of a user, starting now. */
  read(owner: string): Promise<CallsById> {
    const calls = this.#load(owner).then((all) => new Map(all.map((call) => [call.id, call])));
    const known: Known = { calls, at: this.#clock.now() };
    this.#known.set(owner, known);
    calls.catch(() => {
      if (this.#known.get(owner) === known) this.#known.delete(owner);
    });
    return calls;
  }

  /** Reads them after the current read has ended. Callers share the read until it begins. */
  reread(owner: string): Promise<CallsById> {
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

  /** Adds a call that was stored or marked as sent, which a read in progress may have missed. New calls have the highest id. */
  put(call: StoredCall): void {
    this.#change(call.owner, (calls) => calls.set(call.id, call));
  }

  /** Removes a call that has ended. */
  drop(id: string): void {
    for (const owner of this.#known.keys()) this.#change(owner, (calls) => calls.delete(id));
  }

  /** Forgets everything: another tab has changed the storage. */
  forget(): void {
    this.#known.clear();
  }

  #change(owner: string, change: (calls: Map<string, StoredCall>) => unknown): void {
    this.#known.get(owner)?.calls.then(change, ignore);
  }
}
