import type { Connection } from '../../transport/transport.js';

/** A connection that may go on when what carries it is lost. */
export interface LinkConnection extends Connection {
  /** The other end has received so many messages; returns whether that can be. Only of sessions. */
  acknowledged?(count: number): boolean;
  /** It does not work any more; returns whether the conversation goes on over the next one. */
  interrupt?(reason: string): boolean;
  /** Ends at once, and does not go on. */
  abandon?(): void;
}
