/** Passes messages from a connection to its session, as long as that connection carries it. */
import type { Connection, ConnectionReceiver } from '../../transport/transport.js';

/** The session as the receivers of its connections use it. */
export interface CarriedSession {
  /** Whether `connection` is the one in use. */
  carriedBy(connection: Connection): boolean;
  /** Handles a message. */
  arrived(bytes: Uint8Array): void;
  /** Handles room: the connection can send again. */
  drained(): void;
  /** Handles the end of the connection. */
  lost(error: Error | undefined): void;
}

export class SessionReceiver implements ConnectionReceiver {
  readonly #session: CarriedSession;
  readonly #connection: Connection;

  constructor(session: CarriedSession, connection: Connection) {
    this.#session = session;
    this.#connection = connection;
  }

  message(bytes: Uint8Array): void {
    if (this.#session.carriedBy(this.#connection)) this.#session.arrived(bytes);
  }

  drained(): void {
    if (this.#session.carriedBy(this.#connection)) this.#session.drained();
  }

  closed(error: Error | undefined): void {
    if (this.#session.carriedBy(this.#connection)) this.#session.lost(error);
  }
}
