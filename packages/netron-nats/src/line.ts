import type { NatsConnection } from '@nats-io/transport-node';
import type { NatsDiscoveryConnection } from './connection.js';
import { Link } from './link.js';

/** Reactions of whoever uses the connection. */
export interface LineOwner {
  lost(reason: Error): void;
  back(): void;
}

/** The connection of a registry: made when it is first needed, and again after it was closed for good. */
export class Line {
  readonly #link: Link;
  readonly #owner: LineOwner;
  #connection: NatsConnection | undefined;
  /** Reason why requests would wait for nothing. */
  #lost: Error | undefined;
  #closed = false;

  constructor(given: NatsDiscoveryConnection, owner: LineOwner) {
    this.#link = new Link(given);
    this.#owner = owner;
  }

  /** Rejects at once while the connection is lost: it comes back by itself. */
  async get(): Promise<NatsConnection> {
    if (this.#lost !== undefined && this.#connection?.isClosed() === false) throw this.#lost;
    if (this.#connection !== undefined && !this.#connection.isClosed()) return this.#connection;
    const connection = await this.#link.open();
    this.#connection = connection;
    this.#lost = undefined;
    if (this.#closed) throw new Error('discovery has ended');
    void this.#follow(connection);
    return connection;
  }

  /** Closes the connection, unless it is one that a program has given, and gives up one that is under way. */
  close(): void {
    this.#closed = true;
    void this.#link.close();
  }

  /** Tells at once when the connection is lost and when it is back. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (this.#closed || connection !== this.#connection) return;
      if (type === 'disconnect') {
        this.#lost = new Error('the connection to NATS is lost');
        this.#owner.lost(this.#lost);
      } else if (type === 'reconnect') {
        this.#lost = undefined;
        this.#owner.back();
      }
    }
  }
}
