/**
 * Changes that wait for the network: each is stored before it is sent, sent in order, and sent again under the same key, also
 * after a reload. Loaded by peers that have the option `queue`.
 */
import { type Clock, NetronError, random, withOutcome } from '@omnitron-dev/netron/http/client';
import type { Activity } from '../query/activity.js';
import { attempt, report } from '../util/attempt.js';
import type { Channel, Locks } from '../util/locks.js';
import { markNotRun } from '../util/not-run.js';
import { FellowTabs } from './fellow-tabs.js';
import { type Course, type Ending, sendCall } from './sending.js';
import type { QueueStorage, StoredCall } from './storage.js';
import { cleared, isCall, unreadable, using } from './stored-error.js';
import type { Turn } from './turns.js';

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

/** Parts of a queue. */
export interface CallQueueParts {
  readonly storage: QueueStorage;
  /** Names of headers that may be stored, in lower case. */
  readonly storable: ReadonlySet<string>;
  readonly clock: Clock;
  readonly activity: Activity;
  /** `undefined` where there is one tab only. */
  readonly locks: Locks | undefined;
  readonly channel: Channel | undefined;
  /** Server and user that is spoken for now. */
  owner(): string | Promise<string>;
  /** Sends a call and gives its result. */
  send(call: StoredCall): Promise<unknown>;
  /** Milliseconds for which the server knows the key of a call again; `Infinity` where it may run twice. */
  window(call: StoredCall): Promise<number>;
  /** Told of calls that have failed for good and that nobody waits for any more. */
  readonly failed: ((call: StoredCall, error: unknown) => void) | undefined;
}

/** Somebody who waits for the result of a call. */
interface Waiting {
  readonly owner: string;
  stored: boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Calls of one user that may wait. */
const most = 1_000;
const firstDelay = 1_000;
const longestDelay = 60_000;
/** Ids above are of nobody's clock: nothing could come behind them. */
const latestId = 900_000_000_000_000;

export class CallQueue {
  readonly #parts: CallQueueParts;
  readonly #tabs: FellowTabs;
  readonly #waiting = new Map<string, Waiting>();
  readonly #courses = new Map<string, Course>();
  readonly #storing = new Set<Promise<unknown>>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #wakers = new Set<() => void>();
  /** Calls that have ended and could not be taken out of the storage yet. */
  readonly #ended = new Set<string>();
  readonly #stopListening: () => void;
  /** Time of the latest call, in milliseconds since 1970: ids sort by it. */
  #latest = 0;
  /** Calls of the present user that wait, as far as known. */
  #known = new Set<string>();
  #knownOf: string | undefined;
  /** Whether they are being read, and whether something has changed since. */
  #counting = false;
  #stale = false;
  #closed = false;
  #resuming = false;

  constructor(parts: CallQueueParts) {
    this.#parts = parts;
    const { locks, channel } = parts;
    const resume = () => void this.resume();
    this.#tabs = new FellowTabs({ locks, channel, changed: () => void this.#count(), gone: resume });
    this.#stopListening = parts.activity.listen((event) => {
      if (event === 'online') resume();
    });
  }

  /** Number of calls of the present user that wait, as far as known. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Returns the calls of the present user that wait, the oldest first.
   *
   * @throws NetronError `unavailable` when the storage cannot be read, or the token not be had
   */
  async list(): Promise<StoredCall[]> {
    return this.#read(await this.#parts.owner());
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

  /**
   * Forgets all calls of the present user. Those that were never sent will not run.
   *
   * @throws NetronError `unavailable` when they cannot be taken out of the storage; this tab does not send them
   */
  async clear(): Promise<void> {
    await Promise.allSettled([...this.#storing]);
    const calls = await this.list();
    for (const call of calls) {
      this.#forget(call.id, call.sent);
      this.#ended.add(call.id);
    }
    this.wake();
    try {
      for (const { id } of calls) {
        await using(() => this.#parts.storage.delete(id));
        this.#ended.delete(id);
      }
    } finally {
      this.#tabs.tell();
    }
  }

  /**
   * Stores a call and sends it in its turn.
   *
   * @throws NetronError `invalid_argument` when it has a header that may not be stored; `resource_exhausted` when 1,000 wait, or the
   *   storage is full; `unavailable` when this fails otherwise; `canceled` when the queue is cleared; what the call comes to;
   *   `unknown_outcome` when it was sent so long ago that the server does not know it any more
   */
  async add(call: QueuedCall, turn: Turn): Promise<unknown> {
    const { storable } = this.#parts;
    const [refused] = Object.entries(call.headers).find(([name, value]) => value !== null && !storable.has(name)) ?? [];
    if (refused !== undefined) {
      const why = `a queued() call has a header '${refused}' of its own, which would be stored: name it in queue.headers if it may be`;
      throw markNotRun(new NetronError('invalid_argument', why));
    }
    await turn.before;
    await this.#tabs.alive;
    if (turn.cleared) throw cleared(undefined);
    if (this.#closed) throw markNotRun(new NetronError('unavailable', 'the peer is closed'));
    const storing = this.#store(call);
    this.#storing.add(storing);
    const { result } = await storing.finally(() => {
      this.#storing.delete(storing);
      turn.end();
    });
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
      const owner = await this.#parts.owner();
      const calls = await this.#read(owner);
      this.#know(owner, calls);
      for (const { scope, tab } of calls) if (this.#tabs.takes(tab)) this.#run(scope);
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
    this.#tabs.close();
    this.wake();
    for (const { reject } of this.#waiting.values())
      reject(withOutcome(new NetronError('canceled', 'the peer is closed; the call stays stored'), 'unknown'));
    this.#waiting.clear();
  }

  async #store(call: QueuedCall): Promise<{ readonly result: Promise<unknown> }> {
    const { storage, clock } = this.#parts;
    const before = await this.#read(call.owner);
    if (before.length >= most) throw markNotRun(new NetronError('resource_exhausted', `${most} calls wait already`));
    // Behind all that wait, although the clock may have been set back.
    const latest = before.reduce((time, { id }) => Math.max(time, timeOf(id)), this.#latest);
    this.#latest = Math.max(latest + 1, Math.floor(clock.wall()));
    const id = `${String(this.#latest).padStart(15, '0')}-${this.#tabs.id}`;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { owner: call.owner, stored: false, resolve, reject });
    });
    // The peer may be closed while the call is being stored: nobody has been handed the result yet.
    result.catch(() => {});
    try {
      await using(() => storage.put({ ...call, id, tab: this.#tabs.id }));
    } catch (error) {
      this.#waiting.delete(id);
      // A storage that has failed may have kept it all the same.
      await this.#takeOut(id);
      throw error;
    }
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) waiting.stored = true;
    this.#run(call.scope);
    if (call.owner === this.#knownOf) this.#tell(() => this.#known.add(id));
    else void this.#count();
    this.#tabs.tell();
    return { result };
  }

  /** Reads the calls of a user, the oldest first. Those of this tab that are gone were cleared by another one. */
  async #read(owner: string): Promise<StoredCall[]> {
    const before = [...this.#waiting].filter(([, waiting]) => waiting.stored && waiting.owner === owner);
    const records = await using(() => this.#parts.storage.list(owner));
    const calls = records.filter((record) => {
      if (this.#ended.has(record.id)) return false;
      if (isCall(record)) return true;
      void this.#end(record, { kind: 'failed', error: unreadable(record) });
      return false;
    });
    const there = new Set(calls.map(({ id }) => id));
    for (const [id] of before) if (!there.has(id) && !this.#courses.get(id)?.sending) this.#forget(id, undefined);
    return calls.sort((a, b) => (a.id < b.id ? -1 : 1));
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
    await this.#tabs.exclusive(`netron-queue ${owner} ${scope}`, async () => {
      // Whoever comes next begins anew: with a change of their own, or by `resume`.
      while ((await this.#owner()) === owner) {
        const next = await this.#untilDone(async () => ({ call: await this.#next(owner, scope) }));
        if (next?.call === undefined) return;
        await this.#send(next.call);
      }
    });
  }

  /** The oldest call of this tab, or of one that is gone. */
  async #next(owner: string, scope: string): Promise<StoredCall | undefined> {
    const calls = await this.#read(owner);
    return calls.find((call) => call.scope === scope && this.#tabs.takes(call.tab));
  }

  async #send(call: StoredCall): Promise<void> {
    const course: Course = { sent: call.sent, sending: false, cleared: false };
    this.#courses.set(call.id, course);
    const left = async () => (await this.#owner()) !== call.owner;
    const ending = await sendCall(call, course, { ...this.#parts, left, pause: (failures) => this.#pause(failures) });
    this.#courses.delete(call.id);
    if (ending.kind === 'cleared') this.#forget(call.id, course.sent);
    // Whoever has cleared it has told so, and takes it out.
    else if (ending.kind !== 'stays' && !course.cleared) await this.#end(call, ending);
  }

  /** Tells what became of a call, whether or not it can be taken out of the storage. */
  async #end(call: StoredCall, ending: Extract<Ending, { kind: 'ran' | 'failed' }>): Promise<void> {
    const { failed } = this.#parts;
    const waiting = this.#waiting.get(call.id);
    this.#waiting.delete(call.id);
    this.#ended.add(call.id);
    this.#drop(call.id);
    if (ending.kind === 'ran') waiting?.resolve(ending.value);
    else if (waiting !== undefined) waiting.reject(ending.error);
    else if (failed !== undefined) attempt(() => failed(call, ending.error));
    await this.#takeOut();
    this.#tabs.tell();
  }

  /** Takes what has ended out of the storage, or tries it again with the next. */
  async #takeOut(...more: string[]): Promise<void> {
    for (const id of more) this.#ended.add(id);
    for (const id of [...this.#ended])
      if (await report('a change that has ended stays stored', () => this.#parts.storage.delete(id))) this.#ended.delete(id);
  }

  /** Tells whoever waits for a call that it was cleared. */
  #forget(id: string, sent: number | undefined): void {
    const course = this.#courses.get(id);
    if (course !== undefined) course.cleared = true;
    this.#waiting.get(id)?.reject(cleared(course?.sent ?? sent));
    this.#waiting.delete(id);
    this.#drop(id);
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

  #drop(id: string): void {
    if (this.#known.has(id)) this.#tell(() => this.#known.delete(id));
  }

  #know(owner: string, calls: readonly StoredCall[]): void {
    this.#knownOf = owner;
    this.#tell(() => (this.#known = new Set(calls.map(({ id }) => id))));
  }

  #tell(change: () => void): void {
    change();
    this.#stale = true;
    for (const listener of [...this.#listeners]) attempt(listener);
  }

  /** Reads what waits, once for all changes that come meanwhile. */
  async #count(): Promise<void> {
    this.#stale = true;
    if (this.#counting) return;
    this.#counting = true;
    await report('changes that wait could not be counted', async () => {
      while (this.#stale && !this.#closed) {
        this.#stale = false;
        const owner = await this.#parts.owner();
        const calls = await this.#read(owner);
        if (this.#stale || this.#closed) continue;
        this.#know(owner, calls);
        this.#stale = false;
      }
    });
    this.#counting = false;
  }
}

/** Milliseconds since 1970 in an id; 0 in one that is not of a queue. */
function timeOf(id: string): number {
  const time = /^\d{15}-/.test(id) ? Number(id.slice(0, 15)) : 0;
  return time < latestId ? time : 0;
}
