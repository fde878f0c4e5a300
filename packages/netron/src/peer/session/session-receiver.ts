/** Receives from one of the connections of a session, for as long as it carries that: hands on to the session. */
import type { Connection, ConnectionReceiver } from '../../transport/transport.js';

/** Session, as the receivers of its connections use it. */
export interface CarriedSession {
  /** Whether `connection` is the one in use. */
  carriedBy(connection: Connection): boolean;
  /** A message has arrived. */
  arrived(bytes: Uint8Array): void;
  /** The connection has room again. */
  relieved(): void;
  /** The connection has ended. */
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
    if (this.#session.carriedBy(this.#connection)) this.#session.relieved();
  }

  closed(error: Error | undefined): void {
    if (this.#session.carriedBy(this.#connection)) this.#session.lost(error);
  }
}
