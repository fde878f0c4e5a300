import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { isConnection, type NatsDiscoveryConnection, settingsOf } from './connection.js';
import { Sockets } from './sockets.js';

/** Opens a connection, one at a time, and closes it; one that a program has given stays open. */
export class Link {
  readonly #given: NatsDiscoveryConnection;
  readonly #sockets = new Sockets();
  #connection: NatsConnection | undefined;
  #closed = false;

  constructor(given: NatsDiscoveryConnection) {
    this.#given = given;
  }

  /** Resolves with a connection that comes back by itself for as long as it is used. Rejects at once when `close` is called. */
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
    throw new Error('the connection to NATS has ended');
  }

  /** Runs a listener that the client calls: connections that it makes are its own. */
  hear<T>(listener: () => T): T {
    return this.#sockets.apart(listener);
  }

  /** Closes the connection, and gives up one that is under way. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    // One that is lost and on its way back has a socket that the client does not end.
    await this.#connection?.close().catch(() => {});
    this.#sockets.destroy();
  }

  #withSignal(settings: NodeConnectionOptions): NodeConnectionOptions {
    const { tls } = settings;
    // The client hands these on to Node as they are.
    return tls ? { ...settings, tls: { ...tls, signal: this.#sockets.signal } as typeof tls } : settings;
  }
}
