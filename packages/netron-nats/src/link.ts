import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { isConnection, type NatsDiscoveryConnection, settingsOf } from './connection.js';
import { Sockets } from './sockets.js';

/** Opens and closes a connection, one at a time; one that the program has passed in stays open. */
export class Link {
  readonly #given: NatsDiscoveryConnection;
  readonly #sockets = new Sockets();
  #connection: NatsConnection | undefined;
  #closed = false;

  constructor(given: NatsDiscoveryConnection) {
    this.#given = given;
  }

  /** Resolves to a connection that reconnects for as long as it is used. Rejects at once when `close` is called. */
  async open(): Promise<NatsConnection> {
    const given = this.#given;
    if (isConnection(given)) return given;
    try {
      if (!this.#closed) this.#connection = await this.#sockets.hold(() => connect(this.#withSignal(settingsOf(given))));
    } catch (error) {
      this.#sockets.destroy();
      if (!this.#closed) throw error;
    }
    if (!this.#closed && this.#connection !== undefined) return this.#connection;
    await this.close();
    throw new Error('the connection to NATS was closed');
  }

  /** Runs a listener that the client calls: connections that it opens are its own. */
  hear<T>(listener: () => T): T {
    return this.#sockets.apart(listener);
  }

  /** Closes the connection, and cancels an attempt in progress. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    // A connection that is reconnecting has a socket that the client does not close.
    await this.#connection?.close().catch(() => {});
    this.#sockets.destroy();
  }

  #withSignal(settings: NodeConnectionOptions): NodeConnectionOptions {
    const { tls } = settings;
    // The client passes these on to Node unchanged.
    return tls ? { ...settings, tls: { ...tls, signal: this.#sockets.signal } as typeof tls } : settings;
  }
}
