/**
 * Queue of changes that wait for the network. Each is stored before it is sent, sent in order, and retried under the same key, also after a
 * reload. Loaded by peers with the option `queue`.
 */
import { NetronError, withOutcome } from '@omnitron-dev/netron/http/client';
import { listenTo } from '../query/listen-to.js';
import { attempt } from '../util/attempt.js';
import type { Wait } from '../util/limit.js';
import { markNotRun } from '../util/not-run.js';
import type { CallMark, Turn } from './change-order.js';
import { EndedCalls } from './ended-calls.js';
import { OtherTabs } from './other-tabs.js';
import type { CallQueueParts, ChangeResult, QueuedCall } from './queued-call.js';
import { RetryTimer } from './retry-timer.js';
import { Scopes } from './scopes.js';
import { type SendOutcome, type SendState, sendCall } from './sending.js';
import type { StoredCall } from './storage.js';
import { withTimeouts } from './storage-timeouts.js';
import { type CallsById, StoredCallCache } from './stored-call-cache.js';
import { cleared, isCall, listed, unreadable, using } from './stored-error.js';
import { type ReadCalls, WaitingCount } from './waiting-count.js';

/** A caller that waits for the result of a call. */
interface Waiting {
  readonly owner: string;
  readonly mark: CallMark;
  stored: boolean;
  resolve(result: ChangeResult): void;
  reject(error: unknown): void;
}

/** Most waiting calls of one user. */
const maxCalls = 1_000;
/** Ids above this do not come from a clock: no call could be ordered after them. */
const maxId = 900_000_000_000_000;

export class CallQueue {
  readonly #parts: CallQueueParts;
  readonly #tabs: OtherTabs;
  readonly #waiting = new Map<string, Waiting>();
  /** Callers whose calls have no id yet. */
  readonly #adding = new Set<Waiting>();
  readonly #sendStates = new Map<string, SendState>();
  readonly #storing = new Set<Promise<unknown>>();
  readonly #scopes = new Scopes((owner, scope) => this.#drain(owner, scope));
  readonly #cache: StoredCallCache;
  readonly #waitingCount: WaitingCount;
  readonly #retryTimer: RetryTimer;
  readonly #ended: EndedCalls;
  readonly #stopListening: () => void;
  /** Time of the latest call, stored calls included, in milliseconds since 1970: ids are sorted by it. */
  #latest = 0;
  #resuming = false;

  constructor(given: CallQueueParts) {
    const parts = { ...given, storage: withTimeouts(given.storage, given.clock) };
    this.#parts = parts;
    const { locks, channel, clock, activity } = parts;
    this.#ended = new EndedCalls(parts.storage);
    const resume = () => void this.resume().catch(() => {});
    this.#retryTimer = new RetryTimer(clock, activity);
    this.#cache = new StoredCallCache((owner) => this.#load(owner), clock);
    this.#waitingCount = new WaitingCount(() => this.#currentCalls());
    const changed = () => {
      this.#cache.forget();
      void this.#waitingCount.refresh();
    };
    this.#tabs = new OtherTabs({ locks, channel, onChange: changed, onTabClosed: resume });
    this.#stopListening = listenTo(activity, (event) => {
      if (event === 'online') resume();
    });
  }

  /** Number of waiting calls of the current user, as far as known. */
  get size(): number {
    return this.#waitingCount.size;
  }

  /**
   * Returns the waiting calls of the current user, the oldest first.
   *
   * @throws NetronError `unavailable` when the storage or the token is not available
   */
  async list(): Promise<StoredCall[]> {
    return this.#retryTimer.unlessClosed(this.#currentCalls().then(({ calls }) => [...calls]));
  }

  /**
   * Calls `listener` when the number of waiting calls changes.
   *
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void {
    return this.#waitingCount.subscribe(listener);
  }

  /**
   * Discards all calls of a user. Calls that were never sent will not run.
   *
   * @param latest number of the last call to discard; later calls stay
   * @throws NetronError `unavailable` when they cannot be removed from the storage; this tab does not send them
   */
  async clear(user: Promise<string>, latest: number): Promise<void> {
    await this.#retryTimer.unlessClosed(Promise.allSettled([...this.#storing]));
    const read = await this.#retryTimer.unlessClosed(user.then((owner) => this.#cache.read(owner)));
    const calls = [...read.values()].filter(({ id }) => !((this.#waiting.get(id)?.mark.at ?? 0) > latest));
    for (const call of calls) {
      this.#reportCleared(call.id, call.sent);
      this.#ended.add(call.id);
    }
    this.#retryTimer.wake();
    try {
      for (const { id } of calls) {
        await using(() => this.#parts.storage.delete(id));
        this.#ended.removed(id);
      }
    } finally {
      this.#tabs.notify();
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
  async add(call: QueuedCall, turn: Turn, wait: Wait): Promise<ChangeResult> {
    const { storable } = this.#parts;
    const [refused] = Object.entries(call.headers).find(([name, value]) => value !== null && !storable.has(name)) ?? [];
    if (refused !== undefined) {
      const why = `queued(): header '${refused}' would be stored: list it in queue.headers to allow that`;
      throw markNotRun(new NetronError('invalid_argument', why));
    }
    const here: Wait = (work) => wait(this.#retryTimer.unlessClosed(work));
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
    this.#retryTimer.wake();
    if ((await this.#retryTimer.unlessClosed(this.#resumed())) || this.#resuming) return;
    this.#resuming = true;
    void this.#retryTimer
      .untilDone(async () => (await this.#resumed()) || undefined, 1)
      .then(() => {
        this.#resuming = false;
      });
  }

  async #resumed(): Promise<boolean> {
    try {
      const found = await this.#currentCalls();
      this.#waitingCount.set(found);
      for (const { scope, tab } of found.calls) if (this.#tabs.sendsFor(tab)) this.#scopes.run(found.owner, scope);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#retryTimer.close();
    this.#stopListening();
    this.#tabs.close();
    for (const { reject } of this.#adding) reject(markNotRun(new NetronError('canceled', 'the peer is closed')));
    for (const { reject } of this.#waiting.values())
      reject(withOutcome(new NetronError('canceled', 'the peer is closed; the call stays stored'), 'unknown'));
    this.#waiting.clear();
  }

  async #store(call: QueuedCall, waiting: Waiting, wait: Wait): Promise<void> {
    const { storage, clock } = this.#parts;
    const before = await wait(this.#cache.of(call.owner)).finally(() => this.#adding.delete(waiting));
    // The caller has been notified by `close()`.
    if (this.#retryTimer.closed) return;
    if (before.size >= maxCalls) throw markNotRun(new NetronError('resource_exhausted', `${maxCalls} calls are already waiting`));
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
      const removed = await wait(this.#ended.remove(id)).catch(() => false);
      // The abort reason of the caller has no outcome, and many calls may share it.
      throw removed || (error as { outcome?: unknown }).outcome === undefined ? error : withOutcome(error, 'unknown');
    }
    waiting.stored = true;
    this.#cache.put(stored);
    this.#scopes.run(call.owner, call.scope);
    this.#waitingCount.add(id, call.owner);
    this.#tabs.notify();
  }

  async #currentCalls(): Promise<ReadCalls> {
    const owner = await this.#parts.currentUser();
    return { owner, calls: [...(await this.#cache.read(owner)).values()] };
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
    const found = new Set(calls.map(({ id }) => id));
    for (const [id] of before) if (!found.has(id) && !this.#sendStates.get(id)?.sending) this.#reportCleared(id, undefined);
    for (const { id, tab } of calls) {
      this.#latest = Math.max(this.#latest, timeOf(id));
      // Watches the tabs of all calls: when a tab closes, its calls are sent here.
      this.#tabs.sendsFor(tab);
    }
    return calls.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Sends the waiting calls in a scope of a user, one after the other, while that user is the current one. One tab at a time does so. */
  async #drain(owner: string, scope: string): Promise<void> {
    if ((await this.#owner()) !== owner) return;
    await this.#tabs.exclusive(`netron-queue ${owner} ${scope}`, async () => {
      let deferred = 0;
      // Whether the calls were read since this tab holds the lock of the scope.
      let fresh = false;
      const next = async () => {
        const call = this.#first(await this.#cache.recent(owner), scope);
        // A third tab may have sent the call of a closed one before this tab got the lock.
        if (call === undefined || fresh || call.tab === this.#tabs.id) return { call };
        const read = await this.#cache.reread(owner);
        fresh = true;
        return { call: this.#first(read, scope) };
      };
      // A change of another user, or `resume`, starts a new run.
      while ((await this.#owner()) === owner) {
        // When every request has another user, back off.
        if (deferred > 0) await this.#retryTimer.pause(deferred);
        const call = (await this.#retryTimer.untilDone(next))?.call;
        if (call === undefined) return;
        deferred = (await this.#send(call)) === 'deferred' ? deferred + 1 : 0;
      }
    });
  }

  /** Returns the oldest call of this tab or of a closed one. */
  #first(calls: CallsById, scope: string): StoredCall | undefined {
    for (const call of calls.values()) if (call.scope === scope && this.#tabs.sendsFor(call.tab)) return call;
    return undefined;
  }

  async #send(call: StoredCall): Promise<SendOutcome['kind']> {
    const state: SendState = { sent: call.sent, sending: false, cleared: false };
    this.#sendStates.set(call.id, state);
    const stopped = async () => (await this.#owner()) !== call.owner;
    const outcome = await sendCall(call, state, {
      ...this.#parts,
      stopped,
      pause: (failures) => this.#retryTimer.pause(failures),
    });
    this.#sendStates.delete(call.id);
    if (outcome.kind === 'deferred') this.#cache.put({ ...call, sent: state.sent });
    if (outcome.kind === 'cleared') this.#reportCleared(call.id, state.sent);
    // Whoever cleared the call has notified its caller and removes it.
    else if (outcome.kind !== 'deferred' && !state.cleared) await this.#end(call, outcome);
    return outcome.kind;
  }

  /** Reports the outcome of a call, even when it cannot be removed from the storage. */
  async #end(call: StoredCall, outcome: Extract<SendOutcome, { kind: 'ran' | 'failed' }>): Promise<void> {
    const { failed, unawaited } = this.#parts;
    const waiting = this.#waiting.get(call.id);
    this.#remove(call.id);
    if (outcome.kind === 'ran') {
      if (waiting === undefined) unawaited(outcome.result);
      else waiting.resolve(outcome.result);
    } else if (waiting !== undefined) waiting.reject(outcome.error);
    else if (failed !== undefined) attempt(() => failed(call, outcome.error));
    await this.#ended.remove(call.id);
    this.#tabs.notify();
  }

  /** Tells the caller of a call that it was cleared. */
  #reportCleared(id: string, sent: number | undefined): void {
    const state = this.#sendStates.get(id);
    if (state !== undefined) state.cleared = true;
    this.#waiting.get(id)?.reject(cleared(state?.sent ?? sent));
    this.#remove(id);
  }

  /** Removes a call that is neither sent nor waited for any more. */
  #remove(id: string): void {
    this.#waiting.delete(id);
    this.#cache.drop(id);
    this.#waitingCount.drop(id);
  }

  /** Returns the current user once the name is known; `undefined` when the peer is closed. */
  #owner(): Promise<string | undefined> {
    return this.#retryTimer.untilDone(() => this.#parts.currentUser());
  }
}

/** Returns the milliseconds since 1970 in an id; 0 for an id that is not from a queue. */
function timeOf(id: string): number {
  const time = /^\d{15}-/.test(id) ? Number(id.slice(0, 15)) : 0;
  return time < maxId ? time : 0;
}
