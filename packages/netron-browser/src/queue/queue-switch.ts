/** The queue of a peer, as pages see it: its code is loaded at once, and used when it is there. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import type { Principal } from '../request/principal.js';
import { attempt } from '../util/attempt.js';
import { given } from '../util/given.js';
import type { Wait } from '../util/limit.js';
import { load } from '../util/load.js';
import type { Channel, Locks } from '../util/locks.js';
import type { CallQueue } from './call-queue.js';
import type { CallQueueParts, QueuedCall } from './queued-call.js';
import type { QueueStorage, StoredCall } from './storage.js';
import { type CallMark, type Turn, Turns } from './turns.js';

/** Parts of the peer that a queue uses. */
export type ChangeQueueParts = Omit<CallQueueParts, 'storage' | 'storable' | 'locks' | 'channel' | 'failed'>;

/** Options of a queue. */
export interface QueueOptions {
  /**
   * Default: the browser's database; where there is none, or the page may not use it, the memory of this process. A step that takes
   * longer than 10 s has failed.
   */
  readonly storage?: QueueStorage;
  /**
   * Names of headers that may be stored with a change, besides `accept-language`, `traceparent` and `tracestate`: none that prove who
   * somebody is. A change with another of its own is refused.
   */
  readonly headers?: readonly string[];
  /** Told of calls that have failed for good and that nobody waits for any more: those from before a reload. */
  failed?(call: StoredCall, error: unknown): void;
}

/** Changes that wait for the network. */
export class ChangeQueue {
  readonly #options: QueueOptions;
  readonly #parts: ChangeQueueParts;
  #loading: Promise<CallQueue> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #turns = new Turns();
  #queue: CallQueue | undefined;
  #closed = false;

  /** @internal */
  constructor(options: QueueOptions, parts: ChangeQueueParts) {
    this.#options = given('queue', options, { storage: true, headers: true, failed: true });
    this.#parts = parts;
    this.#loaded.catch(() => {});
  }

  /** The queue. Its code is asked for again after it could not be loaded. */
  get #loaded(): Promise<CallQueue> {
    this.#loading ??= this.#load(this.#options, this.#parts).catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** Calls of the present user that wait, as far as known. */
  get size(): number {
    return this.#queue?.size ?? 0;
  }

  /** Returns the calls of the present user that wait, the oldest first. */
  async list(): Promise<StoredCall[]> {
    return (await this.#loaded).list();
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
   * Forgets all calls of whoever is spoken for at this moment. Those that were never sent will not run.
   *
   * @throws NetronError `unavailable` when they cannot be taken out of the storage; this tab does not send them
   */
  async clear(): Promise<void> {
    const user = this.#parts.owner();
    const latest = this.#turns.clear(user.catch(() => undefined));
    await (await this.#loaded).clear(user, latest);
  }

  /** Goes on with the calls of whoever is spoken for now. */
  async resume(): Promise<void> {
    await (await this.#loaded).resume();
  }

  /**
   * Gives a change its place among those of its scope.
   *
   * @internal
   */
  begin(scope: string, principal: Principal, mark: CallMark): Turn {
    return this.#turns.begin(scope, principal, mark);
  }

  /** @internal */
  mark(): CallMark {
    return this.#turns.mark();
  }

  /** @internal */
  async add(call: QueuedCall, turn: Turn, wait: Wait): Promise<unknown> {
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
    // Where calls are kept by a program's own storage, other tabs may see them as well.
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
    // Whose changes they are may never be known.
    else queue.resume().catch(() => {});
    return queue;
  }
}

/** The error for a call that should wait where nothing can. */
export function noQueue(): NetronError {
  return new NetronError('failed_precondition', 'queued() needs the option queue of HttpRemotePeer');
}
