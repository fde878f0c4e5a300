import type { Connection } from './transport.js';

/** Queue of a server's connections that have not been accepted yet. */
export class AcceptQueue {
  #onConnection: ((connection: Connection) => void) | undefined;
  #waiting: Connection[] = [];

  /** Passes `connection` on, or keeps it until `accept`. */
  add(connection: Connection): void {
    if (this.#onConnection !== undefined) this.#onConnection(connection);
    else this.#waiting.push(connection);
  }

  accept(onConnection: (connection: Connection) => void): void {
    if (this.#onConnection !== undefined) throw new TypeError('the server already accepts connections');
    this.#onConnection = onConnection;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const connection of waiting) onConnection(connection);
  }

  /** Closes the connections that were not accepted. */
  close(): void {
    for (const connection of this.#waiting) connection.close(1001, 'the server is closing');
    this.#waiting = [];
  }
}
