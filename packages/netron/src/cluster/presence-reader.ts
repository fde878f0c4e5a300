/** Presence members at the other nodes of a mesh: reads the entries of each node while it is connected, and again after a failure. */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { quietly } from '../util/quietly.js';
import type { Changes, Entry } from './change-feed.js';
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import { maxEntries, type Presence } from './presence.js';

/** Milliseconds until a connected node whose stream has ended is read again. */
const askAgain = 1_000;

/** The service `netron-events`. */
interface Teller {
  entries(): AsyncIterable<Changes>;
}

export class PresenceReader {
  readonly #presence: Presence;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  /** Streams that are being read, by node. */
  readonly #reading = new Map<Endpoint, AsyncIterator<Changes>>();
  #closed = false;

  /** @param failed called with errors of nodes whose entries cannot be read */
  constructor(presence: Presence, clock: Clock, failed: (error: unknown) => void) {
    this.#presence = presence;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Reads the entries of nodes, present and future. */
  follow(endpoints: Endpoints): void {
    const read = (endpoint: Endpoint): void => void this.#read(endpoint);
    endpoints.listeners.add({
      readyChanged() {},
      endpointReady: read,
      endpointGone: (endpoint) => {
        void quietly(() => this.#reading.get(endpoint)?.return?.());
        this.#presence.forget(endpoint.id);
      },
    });
    for (const endpoint of endpoints.endpoints) if (endpoint.ready) read(endpoint);
  }

  close(): void {
    this.#closed = true;
    for (const reading of this.#reading.values()) void quietly(() => reading.return?.());
  }

  /** Reads the entries of a node while it is connected. */
  async #read(endpoint: Endpoint): Promise<void> {
    if (this.#reading.has(endpoint)) return;
    const proxy = endpoint.line()?.binding?.proxy as Teller | undefined;
    if (proxy === undefined) return;
    const changes = proxy.entries()[Symbol.asyncIterator]();
    this.#reading.set(endpoint, changes);
    try {
      await this.#take(endpoint.id, changes);
    } catch (error) {
      // The connection was lost, or the node has stopped.
      if (!this.#closed && !NetronError.is(error, 'unavailable') && !NetronError.is(error, 'unknown_outcome'))
        this.#failed(error);
    }
    this.#reading.delete(endpoint);
    this.#presence.forget(endpoint.id);
    if (this.#closed) return;
    const again = (): void => {
      if (endpoint.ready && !this.#closed) void this.#read(endpoint);
    };
    this.#clock.setTimeout(again, askAgain, true);
  }

  async #take(node: string, changes: AsyncIterator<Changes>): Promise<void> {
    let list: Entry[] = [];
    for (let step = await changes.next(); step.done !== true; step = await changes.next()) {
      const { all, more, ...rest } = step.value;
      if (!Array.isArray(all)) {
        this.#presence.apply(node, rest);
        continue;
      }
      for (const entry of (all as Entry[]).slice(0, maxEntries - list.length)) list.push(entry);
      if (more === true) continue;
      this.#presence.apply(node, { ...rest, all: list });
      list = [];
    }
  }
}
