/** The queue of a peer as pages see it. Its code is loaded at once and used when it has arrived. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import type { Principal } from '../request/principal.js';
import { attempt } from '../util/attempt.js';
import { checkedOptions } from '../util/checked-options.js';
import type { Wait } from '../util/limit.js';
import { load } from '../util/load.js';
import type { Channel, Locks } from '../util/locks.js';
import type { CallQueue } from './call-queue.js';
import { type CallMark, ChangeOrder, type Turn } from './change-order.js';
import type { CallQueueParts, ChangeResult, QueuedCall } from './queued-call.js';
import type { QueueStorage, StoredCall } from './storage.js';

/** The parts of the peer that a queue uses. */
export type ChangeQueueParts = Omit<CallQueueParts, 'storage' | 'storable' | 'locks' | 'channel' | 'failed'>;

/** Options of a queue. */
export interface QueueOptions {
  /**
   * Storage of the calls. Default: the browser's database; without one, or when the page may not use it, memory. An operation that takes
   * longer than 10 s fails.
   */
  readonly storage?: QueueStorage;
  /**
   * Names of headers that may be stored with a change, besides `accept-language`, `traceparent` and `tracestate`. Headers with credentials
   * must not be among them. A change with any other header of its own is refused.
   */
  readonly headers?: readonly string[];
  /** Called for calls that have failed for good and whose caller is gone, such as those from before a reload. */
  failed?(call: StoredCall, error: unknown): void;
}

/** Queue of changes that wait for the network. */
export class ChangeQueue {
  readonly #options: QueueOptions;
  readonly #parts: ChangeQueueParts;
  #loading: Promise<CallQueue> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #order = new ChangeOrder();
  #queue: CallQueue | undefined;
  #closed = false;

  /** @internal */
  constructor(options: QueueOptions, parts: ChangeQueueParts) {
    this.#options = checkedOptions('queue', options, { storage: true, headers: true, failed: true });
    this.#parts = parts;
    this.#loaded.catch(() => {});
  }

  /** The loaded queue. After a failure, loading is tried again. */
  get #loaded(): Promise<CallQueue> {
    this.#loading ??= this.#load(this.#options, this.#parts).catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** Number of waiting calls of the current user, as far as known. */
  get size(): number {
    return this.#queue?.size ?? 0;
  }

  /** Returns the waiting calls of the current user, the oldest first. */
  async list(): Promise<StoredCall[]> {
    return (await this.#loaded).list();
  }

  /**
   * Calls `listener` when the number of waiting calls changes.
   *
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Discards all calls of the current user. Calls that were never sent will not run.
   *
   * @throws NetronError `unavailable` when they cannot be removed from the storage; this tab does not send them
   */
  async clear(): Promise<void> {
    const user = this.#parts.owner();
    const latest = this.#order.clear(user.catch(() => undefined));
    await (await this.#loaded).clear(user, latest);
  }

  /** Sends the stored calls of the current user. */
  async resume(): Promise<void> {
    await (await this.#loaded).resume();
  }

  /**
   * Reserves the place of a change among those of its scope.
   *
   * @internal
   */
  begin(scope: string, principal: Principal, mark: CallMark): Turn {
    return this.#order.begin(scope, principal, mark);
  }

  /** @internal */
  mark(): CallMark {
    return this.#order.mark();
  }

  /** @internal */
  async add(call: QueuedCall, turn: Turn, wait: Wait): Promise<ChangeResult> {
    return (await wait(this.#loaded)).add(call, turn, wait);
  }

  /** @internal */
  close(): void {
    this.#closed = true;
    this.#queue?.close();
  }

  async #load({ storage, headers = [], failed }: QueueOptions, parts: ChangeQueueParts): Promise<CallQueue> {
    const code = Promise.all([import('./call-queue.js'), import('./storage.js')]);
    const [{ CallQueue }, { browserStorage }] = await load(code, 'queued changes');
    const page = globalThis as { navigator?: { locks?: Locks }; BroadcastChannel?: new (name: string) => Channel };
    // Other tabs may see calls in a program's own storage, too.
    const locks = 'indexedDB' in globalThis ? page.navigator?.locks : undefined;
    const channel = locks && page.BroadcastChannel && new page.BroadcastChannel('netron-queue');
    const tell = failed && ((call: StoredCall, error: unknown) => failed(call, error));
    const names = ['accept-language', 'traceparent', 'tracestate', ...headers];
    const storable = new Set(names.map((name) => name.toLowerCase()));
    const queue = new CallQueue({ ...parts, storage: storage ?? browserStorage(), storable, locks, channel, failed: tell });
    queue.subscribe(() => {
      for (const listener of [...this.#listeners]) attempt(listener);
    });
    this.#queue = queue;
    if (this.#closed) queue.close();
    // The user of the stored changes may never be known.
    else queue.resume().catch(() => {});
    return queue;
  }
}

/** Returns the error for a queued call on a peer without a queue. */
export function noQueue(): NetronError {
  return new NetronError('failed_precondition', 'queued() requires the option queue of HttpRemotePeer');
}
