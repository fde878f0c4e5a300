/**
 * Changes that wait for the network: each is stored before it is sent, sent in order, and sent again under the same key, also
 * after a reload. Loaded by peers that have the option `queue`.
 */
import { afterAttempt, type Clock, NetronError, random } from '@omnitron-dev/netron/http/client';
import type { Activity } from '../query/activity.js';
import { isOtherUser } from '../request/principal.js';
import { attempt, report } from '../util/attempt.js';
import type { QueueStorage, StoredCall } from './storage.js';

/** A call to be made, now or later. */
export interface QueuedCall {
  /** Server and user that it is of. */
  readonly owner: string;
  readonly service: string;
  readonly method: string;
  readonly args: string;
  /** Headers that are other than the peer's, and `null` for those that it goes without; names in lower case. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly scope: string;
  readonly key: string;
  readonly invalidate: readonly string[];
}

/** The part of the Web Locks API that is used. */
export interface QueueLocks {
  request(name: string, work: () => Promise<void>): Promise<unknown>;
  query(): Promise<{ held?: { name?: string }[] }>;
}

/** Parts of a queue. */
export interface CallQueueParts {
  readonly storage: QueueStorage;
  /** Names of headers that may be stored, in lower case. */
  readonly storable: ReadonlySet<string>;
  readonly clock: Clock;
  readonly activity: Activity;
  /** `undefined` where there is one tab only. */
  readonly locks: QueueLocks | undefined;
  /** Server and user that is spoken for now. */
  owner(): string | Promise<string>;
  /** Sends a call and gives its result. */
  send(call: StoredCall): Promise<unknown>;
  /** Milliseconds for which the server knows the key of a call again; `Infinity` where it may run twice. */
  window(call: StoredCall): Promise<number>;
  /** Told of calls that have failed for good and that nobody waits for any more. */
  readonly failed: ((call: StoredCall, error: unknown) => void) | undefined;
}

/** Calls of one user that may wait. */
const most = 1_000;
const firstDelay = 1_000;
const longestDelay = 60_000;

export class CallQueue {
  readonly #parts: CallQueueParts;
  readonly #tab = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join('');
  readonly #waiting = new Map<string, { resolve(value: unknown): void; reject(error: unknown): void }>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #wakers = new Set<() => void>();
  /** Calls that have ended and could not be taken out of the storage yet. */
  readonly #ended = new Set<string>();
  readonly #stopListening: () => void;
  #release = () => {};
  /** Time of the latest call, in milliseconds since 1970: ids sort by it. */
  #latest = 0;
  #size = 0;
  #closed = false;
  #resuming = false;

  constructor(parts: CallQueueParts) {
    this.#parts = parts;
    this.#stopListening = parts.activity.listen((event) => {
      if (event === 'online') this.wake();
    });
    // Says that this tab lives, so that its calls are left to it.
    void parts.locks?.request(`netron-tab ${this.#tab}`, () => new Promise((resolve) => (this.#release = resolve)));
  }

  /** Calls of the present user that wait, as far as known. */
  get size(): number {
    return this.#size;
  }

  /** Returns the calls of the present user that wait, the oldest first. */
  async list(): Promise<StoredCall[]> {
    const calls = await this.#parts.storage.list(await this.#parts.owner());
    return calls.filter(({ id }) => !this.#ended.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * Calls `listener` when the number of calls that wait changes.
   *
   * @returns ends that
   */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Forgets all calls of the present user. Those that were never sent will not run. */
  async clear(): Promise<void> {
    for (const call of await this.list()) await this.#end(call, new NetronError('canceled', 'the queue was cleared'));
  }

  /**
   * Stores a call and sends it in its turn.
   *
   * @throws NetronError `invalid_argument` when it has a header that may not be stored; `resource_exhausted` when 1,000 wait; what the
   *   call comes to; `unknown_outcome` when it was sent so long ago that the server does not know it any more
   */
  async add(call: QueuedCall): Promise<unknown> {
    const { storage, clock, storable } = this.#parts;
    const [refused] = Object.entries(call.headers).find(([name, value]) => value !== null && !storable.has(name)) ?? [];
    if (refused !== undefined) {
      const why = `a queued() call has a header '${refused}' of its own, which would be stored: name it in queue.headers if it may be`;
      throw new NetronError('invalid_argument', why);
    }
    const before = await storage.list(call.owner);
    if (before.length >= most) throw new NetronError('resource_exhausted', `${most} calls wait already`);
    // Behind all that wait, although the clock may have been set back.
    const latest = before.reduce((time, { id }) => Math.max(time, Number.parseInt(id, 10)), this.#latest);
    this.#latest = Math.max(latest + 1, Math.floor(clock.wall()));
    const id = `${String(this.#latest).padStart(15, '0')}-${this.#tab}`;
    const stored: StoredCall = { ...call, id, tab: this.#tab };
    const result = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    // The peer may be closed while the call is being stored: nobody has been handed the result yet.
    result.catch(() => {});
    try {
      await storage.put(stored);
    } catch (error) {
      this.#waiting.delete(id);
      throw error;
    }
    await this.#changed();
    this.#run(call.scope);
    return result;
  }

  /** Goes on with what is stored: after a reload, and when somebody else is spoken for; later, while it cannot be read whose that is. */
  async resume(): Promise<void> {
    this.wake();
    if ((await this.#resumed()) || this.#resuming) return;
    this.#resuming = true;
    void this.#untilDone(async () => (await this.#resumed()) || undefined, 1).then(() => {
      this.#resuming = false;
    });
  }

  async #resumed(): Promise<boolean> {
    try {
      const calls = await this.list();
      await this.#changed();
      for (const scope of new Set(calls.map((call) => call.scope))) this.#run(scope);
      return true;
    } catch {
      return false;
    }
  }

  /** The network may be back. */
  wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#release();
    this.wake();
    for (const { reject } of this.#waiting.values())
      reject(new NetronError('canceled', 'the peer is closed; the call stays stored'));
    this.#waiting.clear();
  }

  #run(scope: string): void {
    if (this.#running.has(scope)) {
      this.#again.add(scope);
      return;
    }
    this.#running.add(scope);
    void this.#drain(scope)
      .catch(() => {})
      .then(() => {
        this.#running.delete(scope);
        if (this.#again.delete(scope) && !this.#closed) this.#run(scope);
      });
  }

  /** Sends what waits in a scope of the present user, one after the other; one tab at a time. */
  async #drain(scope: string): Promise<void> {
    const owner = await this.#owner();
    if (owner === undefined) return;
    const work = async () => {
      // Whoever comes next begins anew: with a change of their own, or by `resume`.
      while ((await this.#owner()) === owner) {
        const next = await this.#untilDone(async () => ({ call: await this.#next(scope) }));
        if (next?.call === undefined) return;
        await this.#attempt(next.call);
      }
    };
    const { locks } = this.#parts;
    if (locks === undefined) return work();
    await locks.request(`netron-queue ${owner} ${scope}`, work);
  }

  /** The user that is spoken for, as soon as that can be told; `undefined`: the peer is closed. */
  #owner(): Promise<string | undefined> {
    return this.#untilDone(async () => this.#parts.owner());
  }

  /**
   * Does what depends on the network, or on what the program has given, until it succeeds: a source of tokens that fails and a storage that
   * is busy say nothing of what is stored.
   *
   * @param work `undefined` for none yet
   * @param failures how often it has failed before
   * @returns `undefined` once the peer is closed
   */
  async #untilDone<T>(work: () => Promise<T | undefined>, failures = 0): Promise<T | undefined> {
    for (let failed = failures; !this.#closed; failed++) {
      if (failed > 0) await this.#pause(failed);
      if (this.#closed) return undefined;
      try {
        const done = await work();
        if (done !== undefined) return this.#closed ? undefined : done;
      } catch {
        // Those who ask for it themselves, as `list` does, are told.
      }
    }
    return undefined;
  }

  /** The oldest call of this tab, or of one that is gone. */
  async #next(scope: string): Promise<StoredCall | undefined> {
    const calls = (await this.list()).filter((call) => call.scope === scope);
    const others = calls.some(({ tab }) => tab !== this.#tab);
    const held = others ? ((await this.#parts.locks?.query())?.held ?? []) : [];
    const alive = new Set(held.map(({ name }) => name));
    return calls.find(({ tab }) => tab === this.#tab || !alive.has(`netron-tab ${tab}`));
  }

  /** Sends a call until it is known what became of it, or somebody else is spoken for. */
  async #attempt(call: StoredCall): Promise<void> {
    const { storage, clock, activity } = this.#parts;
    const over = async () => (await this.#owner()) !== call.owner;
    let stored = call;
    for (let failures = 0; !(await over()); failures++) {
      if (failures > 0 || !activity.online) {
        await this.#pause(failures);
        if (await over()) return;
      }
      try {
        const window = await this.#parts.window(stored);
        const age = stored.sent === undefined ? 0 : clock.wall() - stored.sent;
        if (stored.sent !== undefined && age >= window) {
          const why = 'it was sent, and the server does not know it any more; nobody can say whether it ran';
          return await this.#end(stored, new NetronError('unknown_outcome', `${call.service}.${call.method}: ${why}`));
        }
        const before = stored.sent;
        const sent = { ...stored, sent: before ?? clock.wall() };
        if (!(await report('a change could not be stored', () => storage.put(sent)))) continue;
        stored = sent;
        try {
          const value = await this.#parts.send(stored);
          return await this.#end(stored, undefined, value);
        } catch (error) {
          if ((error as { outcome?: unknown } | null)?.outcome === 'not_run') {
            stored = { ...stored, sent: before };
            const again = stored;
            await report('a change could not be stored', () => storage.put(again));
          }
          throw error;
        }
      } catch (error) {
        if (isOtherUser(error)) return;
        // What was sent before may have run, whatever became of this attempt.
        if (!isPassing(error)) return await this.#end(stored, stored.sent === undefined ? error : afterAttempt(undefined, error));
      }
    }
  }

  /** Tells what became of a call, whether or not it can be taken out of the storage. */
  async #end(call: StoredCall, error: unknown, value?: unknown): Promise<void> {
    const { storage, failed } = this.#parts;
    const waiting = this.#waiting.get(call.id);
    this.#waiting.delete(call.id);
    if (error === undefined) waiting?.resolve(value);
    else if (waiting !== undefined) waiting.reject(error);
    else if (failed !== undefined) attempt(() => failed(call, error));
    this.#ended.add(call.id);
    for (const id of [...this.#ended])
      if (await report('a change that has ended stays stored', () => storage.delete(id))) this.#ended.delete(id);
    await this.#changed();
  }

  /** Waits for the network, or for a while that grows. */
  #pause(failures: number): Promise<void> {
    const { clock, activity } = this.#parts;
    return new Promise((resolve) => {
      let timer: unknown;
      const go = () => {
        clock.clearTimeout(timer);
        this.#wakers.delete(go);
        resolve();
      };
      this.#wakers.add(go);
      if (!activity.online) return;
      const delay = Math.min(longestDelay, firstDelay * 2 ** Math.max(0, failures - 1));
      timer = clock.setTimeout(go, delay * (0.5 + random() / 2), true);
    });
  }

  async #changed(): Promise<void> {
    await report('changes that wait could not be counted', async () => {
      this.#size = (await this.list()).length;
    });
    for (const listener of [...this.#listeners]) attempt(listener);
  }
}

/** Failures that say nothing of the call: it is sent again. */
function isPassing(error: unknown): boolean {
  const { code, retryAfterMs } = (error ?? {}) as { code?: unknown; retryAfterMs?: unknown };
  if (code === 'resource_exhausted') return retryAfterMs !== undefined;
  return ['unavailable', 'unknown_outcome', 'deadline_exceeded', 'unauthenticated'].includes(code as string);
}
