/**
 * Tracks the sockets of a NATS client. The client cannot cancel an attempt to connect, and leaves the socket of one that has timed out: a
 * server that accepts connections and sends nothing would keep the process alive.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Channel on which Node reports each connecting socket, in the turn that creates it. */
const made = 'net.client.socket';

export class Sockets {
  /** Follows the client's work, including reconnects. */
  readonly #work = new AsyncLocalStorage<boolean>();
  readonly #open = new Set<Socket>();
  /** Closes sockets that start with TLS, which Node does not report: the `signal` of their options. */
  #end = new AbortController();

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Runs `connect`; sockets created by it or as a consequence of it are tracked until `destroy`. */
  hold<T>(connect: () => Promise<T>): Promise<T> {
    unsubscribe(made, this.#hear);
    subscribe(made, this.#hear);
    return this.#work.run(true, connect);
  }

  /** Runs code that the client calls but that is not its own work, such as a listener: its sockets are not tracked. */
  apart<T>(work: () => T): T {
    return this.#work.run(false, work);
  }

  /** Destroys all sockets and stops tracking. */
  destroy(): void {
    unsubscribe(made, this.#hear);
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
    this.#end.abort();
    this.#end = new AbortController();
  }

  readonly #hear = (message: unknown): void => {
    if (this.#work.getStore() !== true) return;
    // The client removes all listeners from its sockets, so that closed ones are detected here.
    for (const socket of this.#open) if (socket.destroyed) this.#open.delete(socket);
    this.#open.add((message as { readonly socket: Socket }).socket);
  };
}
