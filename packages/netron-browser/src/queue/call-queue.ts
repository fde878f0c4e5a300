/**
 * Queue of changes that wait for the network. Each is stored before it is sent, sent in order, and retried under the same key, also after a
 * reload. Loaded by peers with the option `queue`.
 */
import { NetronError, withOutcome } from '@omnitron-dev/netron/http/client';
import { hear } from '../query/hear.js';
import { attempt } from '../util/attempt.js';
import type { Wait } from '../util/limit.js';
import { markNotRun } from '../util/not-run.js';
import { EndedCalls } from './ended-calls.js';
import { FellowTabs } from './fellow-tabs.js';
import { type CallsById, KeptCalls } from './kept-calls.js';
import { KnownCalls, type ReadCalls } from './known-calls.js';
import { Patience } from './patience.js';
import type { CallQueueParts, QueuedCall } from './queued-call.js';
import { Scopes } from './scopes.js';
import { type Course, type Ending, sendCall } from './sending.js';
import type { StoredCall } from './storage.js';
import { cleared, isCall, listed, unreadable, using } from './stored-error.js';
import { timely } from './timely-storage.js';
import type { CallMark, Turn } from './turns.js';

/** A caller that waits for the result of a call. */
interface Waiting {
  readonly owner: string;
  readonly mark: CallMark;
  stored: boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Most waiting calls of one user. */
const most = 1_000;
/** Ids above this do not come from a clock: no call could be ordered after them. */
const latestId = 900_000_000_000_000;

export class CallQueue {
  readonly #parts: CallQueueParts;
  readonly #tabs: FellowTabs;
  readonly #waiting = new Map<string, Waiting>();
  /** Callers whose calls have no id yet. */
  readonly #adding = new Set<Waiting>();
  readonly #courses = new Map<string, Course>();
  readonly #storing = new Set<Promise<unknown>>();
  readonly #scopes = new Scopes((owner, scope) => this.#drain(owner, scope));
  readonly #kept: KeptCalls;
  readonly #known: KnownCalls;
  readonly #patience: Patience;
  readonly #ended: EndedCalls;
  readonly #stopListening: () => void;
  /** Time of the latest call, stored calls included, in milliseconds since 1970: ids are sorted by it. */
  #latest = 0;
  #resuming = false;

  constructor(given: CallQueueParts) {
    const parts = { ...given, storage: timely(given.storage, given.clock) };
    this.#parts = parts;
    const { locks, channel, clock, activity } = parts;
    this.#ended = new EndedCalls(parts.storage);
    const resume = () => void this.resume().catch(() => {});
    this.#patience = new Patience(clock, activity);
    this.#kept = new KeptCalls((owner) => this.#load(owner), clock);
    this.#known = new KnownCalls(() => this.#present());
    const changed = () => {
      this.#kept.forget();
      void this.#known.count();
    };
    this.#tabs = new FellowTabs({ locks, channel, changed, gone: resume });
    this.#stopListening = hear(activity, (event) => {
      if (event === 'online') resume();
    });
  }

  /** Number of waiting calls of the current user, as far as known. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Returns the waiting calls of the current user, the oldest first.
   *
   * @throws NetronError `unavailable` when the storage or the token is not available
   */
  async list(): Promise<StoredCall[]> {
    return this.#patience.unlessClosed(this.#present().then(({ calls }) => [...calls]));
  }

  /**
   * Calls `listener` when the number of waiting calls changes.
   *
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void {
    return this.#known.subscribe(listener);
  }

  /**
   * Discards all calls of a user. Calls that were never sent will not run.
   *
   * @param latest number of the last call to discard; later calls stay
   * @throws NetronError `unavailable` when they cannot be removed from the storage; this tab does not send them
   */
  async clear(user: Promise<string>, latest: number): Promise<void> {
    await this.#patience.unlessClosed(Promise.allSettled([...this.#storing]));
    const read = await this.#patience.unlessClosed(user.then((owner) => this.#kept.read(owner)));
    const calls = [...read.values()].filter(({ id }) => !((this.#waiting.get(id)?.mark.at ?? 0) > latest));
    for (const call of calls) {
      this.#forget(call.id, call.sent);
      this.#ended.add(call.id);
    }
    this.#patience.wake();
    try {
      for (const { id } of calls) {
        await using(() => this.#parts.storage.delete(id));
        this.#ended.gone(id);
      }
    } finally {
      this.#tabs.tell();
    }
  }

  /**
   * Stores a call and sends it when its turn comes.
   *
   * @param wait waits for the turn and for the storage
   * @throws NetronError `invalid_argument` when it has a header that may not be stored; `resource_exhausted` when 1,000 calls wait or the
   *   storage is full; `unavailable` or `deadline_exceeded` when the storage fails otherwise; `canceled` when the queue is cleared; the
   *   error of the call; `unknown_outcome` when it was sent so long ago that the server no longer knows it
   */
  async add(call: QueuedCall, turn: Turn, wait: Wait): Promise<unknown> {
    const { storable } = this.#parts;
    const [refused] = Object.entries(call.headers).find(([name, value]) => value !== null && !storable.has(name)) ?? [];
    if (refused !== undefined) {
      const why = `queued(): header '${refused}' would be stored: list it in queue.headers to allow that`;
      throw markNotRun(new NetronError('invalid_argument', why));
    }
    const here: Wait = (work) => wait(this.#patience.unlessClosed(work));
    await here(Promise.all([turn.before, this.#tabs.alive]));
    // The queue may be cleared before it is known which user that was.
    const { cleared: users } = turn.mark;
    for (let known = 0; known < users.length; known++) if ((await here(users[known]!)) === call.owner) throw cleared(undefined);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { owner: call.owner, mark: turn.mark, stored: false, resolve, reject };
      this.#adding.add(waiting);
      const storing = this.#store(call, waiting, wait).catch(reject);
      this.#storing.add(storing);
      void storing.then(() => {
        this.#storing.delete(storing);
        turn.end();
      });
    });
  }

  /** Sends the stored calls, after a reload or when the user changes. Retries when the storage or the user is not available yet. */
  async resume(): Promise<void> {
    this.#patience.wake();
    if ((await this.#patience.unlessClosed(this.#resumed())) || this.#resuming) return;
    this.#resuming = true;
    void this.#patience
      .untilDone(async () => (await this.#resumed()) || undefined, 1)
      .then(() => {
        this.#resuming = false;
      });
  }

  async #resumed(): Promise<boolean> {
    try {
      const found = await this.#present();
      this.#known.set(found);
      for (const { scope, tab } of found.calls) if (this.#tabs.takes(tab)) this.#scopes.run(found.owner, scope);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#patience.close();
    this.#stopListening();
    this.#tabs.close();
    for (const { reject } of this.#adding) reject(markNotRun(new NetronError('canceled', 'the peer is closed')));
    for (const { reject } of this.#waiting.values())
      reject(withOutcome(new NetronError('canceled', 'the peer is closed; the call stays stored'), 'unknown'));
    this.#waiting.clear();
  }

  async #store(call: QueuedCall, waiting: Waiting, wait: Wait): Promise<void> {
    const { storage, clock } = this.#parts;
    const before = await wait(this.#kept.of(call.owner)).finally(() => this.#adding.delete(waiting));
    // The caller has been notified by `close()`.
    if (this.#patience.closed) return;
    if (before.size >= most) throw markNotRun(new NetronError('resource_exhausted', `${most} calls are already waiting`));
    // After all waiting calls, even when the clock was set back.
    this.#latest = Math.max(this.#latest + 1, Math.floor(clock.wall()));
    const id = `${String(this.#latest).padStart(15, '0')}-${this.#tabs.id}`;
    const stored: StoredCall = { ...call, id, tab: this.#tabs.id };
    this.#waiting.set(id, waiting);
    try {
      await wait(using(() => storage.put(stored)));
    } catch (error) {
      this.#waiting.delete(id);
      // A storage that failed or timed out may have stored the call all the same.
      const out = await wait(this.#ended.takeOut(id)).catch(() => false);
      // The abort reason of the caller has no outcome, and many calls may share it.
      throw out || (error as { outcome?: unknown }).outcome === undefined ? error : withOutcome(error, 'unknown');
    }
    waiting.stored = true;
    this.#kept.put(stored);
    this.#scopes.run(call.owner, call.scope);
    this.#known.add(id, call.owner);
    this.#tabs.tell();
  }

  async #present(): Promise<ReadCalls> {
    const owner = await this.#parts.present();
    return { owner, calls: [...(await this.#kept.read(owner)).values()] };
  }

  /** Reads the calls of a user, the oldest first. Calls of this tab that are missing were cleared by another tab. */
  async #load(owner: string): Promise<StoredCall[]> {
    const before = [...this.#waiting].filter(([, waiting]) => waiting.stored && waiting.owner === owner);
    const records = await using(async () => listed(await this.#parts.storage.list(owner)));
    const calls = records.filter((record) => {
      if (this.#ended.has(record.id)) return false;
      if (isCall(record)) return true;
      void this.#end(record, { kind: 'failed', error: unreadable(record) });
      return false;
    });
    const there = new Set(calls.map(({ id }) => id));
    for (const [id] of before) if (!there.has(id) && !this.#courses.get(id)?.sending) this.#forget(id, undefined);
    for (const { id, tab } of calls) {
      this.#latest = Math.max(this.#latest, timeOf(id));
      // Watches the tabs of all calls: when a tab closes, its calls are sent here.
      this.#tabs.takes(tab);
    }
    return calls.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Sends the waiting calls in a scope of a user, one after the other, while that user is the current one. One tab at a time does so. */
  async #drain(owner: string, scope: string): Promise<void> {
    if ((await this.#owner()) !== owner) return;
    await this.#tabs.exclusive(`netron-queue ${owner} ${scope}`, async () => {
      let stays = 0;
      // Whether the calls were read since this tab holds the lock of the scope.
      let fresh = false;
      const next = async () => {
        const call = this.#first(await this.#kept.recent(owner), scope);
        // A third tab may have sent the call of a closed one before this tab got the lock.
        if (call === undefined || fresh || call.tab === this.#tabs.id) return { call };
        const read = await this.#kept.anew(owner);
        fresh = true;
        return { call: this.#first(read, scope) };
      };
      // A change of another user, or `resume`, starts a new run.
      while ((await this.#owner()) === owner) {
        // When every request has another user, back off.
        if (stays > 0) await this.#patience.pause(stays);
        const call = (await this.#patience.untilDone(next))?.call;
        if (call === undefined) return;
        stays = (await this.#send(call)) === 'stays' ? stays + 1 : 0;
      }
    });
  }

  /** Returns the oldest call of this tab or of a closed one. */
  #first(calls: CallsById, scope: string): StoredCall | undefined {
    for (const call of calls.values()) if (call.scope === scope && this.#tabs.takes(call.tab)) return call;
    return undefined;
  }

  async #send(call: StoredCall): Promise<Ending['kind']> {
    const course: Course = { sent: call.sent, sending: false, cleared: false };
    this.#courses.set(call.id, course);
    const left = async () => (await this.#owner()) !== call.owner;
    const ending = await sendCall(call, course, { ...this.#parts, left, pause: (failures) => this.#patience.pause(failures) });
    this.#courses.delete(call.id);
    if (ending.kind === 'stays') this.#kept.put({ ...call, sent: course.sent });
    if (ending.kind === 'cleared') this.#forget(call.id, course.sent);
    // Whoever cleared the call has notified its caller and removes it.
    else if (ending.kind !== 'stays' && !course.cleared) await this.#end(call, ending);
    return ending.kind;
  }

  /** Reports the outcome of a call, even when it cannot be removed from the storage. */
  async #end(call: StoredCall, ending: Extract<Ending, { kind: 'ran' | 'failed' }>): Promise<void> {
    const { failed } = this.#parts;
    const waiting = this.#waiting.get(call.id);
    this.#over(call.id);
    if (ending.kind === 'ran') waiting?.resolve(ending.value);
    else if (waiting !== undefined) waiting.reject(ending.error);
    else if (failed !== undefined) attempt(() => failed(call, ending.error));
    await this.#ended.takeOut(call.id);
    this.#tabs.tell();
  }

  /** Tells the caller of a call that it was cleared. */
  #forget(id: string, sent: number | undefined): void {
    const course = this.#courses.get(id);
    if (course !== undefined) course.cleared = true;
    this.#waiting.get(id)?.reject(cleared(course?.sent ?? sent));
    this.#over(id);
  }

  /** Removes a call that is neither sent nor waited for any more. */
  #over(id: string): void {
    this.#waiting.delete(id);
    this.#kept.drop(id);
    this.#known.drop(id);
  }

  /** Returns the current user once the name is known; `undefined` when the peer is closed. */
  #owner(): Promise<string | undefined> {
    return this.#patience.untilDone(() => this.#parts.present());
  }
}

/** Returns the milliseconds since 1970 in an id; 0 for an id that is not from a queue. */
function timeOf(id: string): number {
  const time = /^\d{15}-/.test(id) ? Number(id.slice(0, 15)) : 0;
  return time < latestId ? time : 0;
}
