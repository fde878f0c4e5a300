import type { Connection } from '../../transport/transport.js';

/** A connection that may continue over another transport connection when its own is lost. */
export interface LinkConnection extends Connection {
  /** Handles the other end's count of received messages; returns whether it is possible. Only for sessions. */
  acknowledged?(count: number): boolean;
  /** Handles a broken connection; returns whether the conversation continues over the next one. */
  interrupt?(reason: string): boolean;
  /** Closes at once, without continuing. */
  abandon?(): void;
}
