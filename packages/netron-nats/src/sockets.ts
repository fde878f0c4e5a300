/**
 * Sockets that a client of NATS opens. The client cannot give up an attempt to connect, and leaves the socket of one that has timed out:
 * a server that accepts connections and says nothing would keep the process from ending.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Channel on which Node tells of each socket that is to connect, in the turn that makes it. */
const made = 'net.client.socket';

export class Sockets {
  /** Follows the client's work, reconnects included. */
  readonly #work = new AsyncLocalStorage<boolean>();
  readonly #open = new Set<Socket>();
  /** Ends sockets that begin with TLS, of which Node does not tell: `signal` of their options. */
  #end = new AbortController();

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Runs `connect`; sockets made by it or by what follows from it are held until `destroy`. */
  hold<T>(connect: () => Promise<T>): Promise<T> {
    unsubscribe(made, this.#hear);
    subscribe(made, this.#hear);
    return this.#work.run(true, connect);
  }

  /** Runs what the client calls and is no work of its own, such as a listener: sockets made there are not held. */
  apart<T>(work: () => T): T {
    return this.#work.run(false, work);
  }

  /** Destroys all sockets and holds no more. */
  destroy(): void {
    unsubscribe(made, this.#hear);
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
    this.#end.abort();
    this.#end = new AbortController();
  }

  readonly #hear = (message: unknown): void => {
    if (this.#work.getStore() !== true) return;
    // The client takes all listeners off its sockets: which have ended is asked here.
    for (const socket of this.#open) if (socket.destroyed) this.#open.delete(socket);
    this.#open.add((message as { readonly socket: Socket }).socket);
  };
}
