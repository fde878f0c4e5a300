import type { NatsConnection } from '@nats-io/transport-node';
import type { NatsDiscoveryConnection } from './connection.js';
import { Link } from './link.js';

/** Callbacks of the user of the connection. */
export interface LineOwner {
  lost(reason: Error): void;
  back(): void;
}

/** The connection of a registry: opened on first use, and again after it was closed for good. */
export class Line {
  readonly #link: Link;
  readonly #owner: LineOwner;
  #connection: NatsConnection | undefined;
  /** Reason why requests would wait in vain. */
  #lost: Error | undefined;
  #closed = false;

  constructor(given: NatsDiscoveryConnection, owner: LineOwner) {
    this.#link = new Link(given);
    this.#owner = owner;
  }

  /** Returns the connection. Rejects at once while it is lost: it reconnects on its own. */
  async get(): Promise<NatsConnection> {
    if (this.#lost !== undefined && this.#connection?.isClosed() === false) throw this.#lost;
    if (this.#connection !== undefined && !this.#connection.isClosed()) return this.#connection;
    const connection = await this.#link.open();
    this.#connection = connection;
    this.#lost = undefined;
    if (this.#closed) throw new Error('discovery has stopped');
    void this.#follow(connection);
    return connection;
  }

  /** Closes the connection, unless the program has passed it in, and cancels an attempt in progress. */
  close(): void {
    this.#closed = true;
    void this.#link.close();
  }

  /** Reports at once when the connection is lost and when it is back. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (this.#closed || connection !== this.#connection) return;
      if (type === 'disconnect') {
        this.#lost = new Error('the connection to NATS was lost');
        this.#owner.lost(this.#lost);
      } else if (type === 'reconnect') {
        this.#lost = undefined;
        this.#owner.back();
      }
    }
  }
}
