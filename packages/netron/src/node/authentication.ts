/** Asks the program who a caller is: for connections and for requests of edges alike. */
import { NetronError } from '../errors/netron-error.js';
import type { Logger } from '../util/logger.js';

/** A caller that shows credentials, as far as it is known before. */
export interface AuthenticationRequest {
  /** The id the node claims; of an edge's request whatever the edge counts the caller by. */
  readonly id: string;
  /** Where it connects from. */
  readonly address: string;
  /** What carries its calls, for instance `websocket` or `http`. */
  readonly transport?: string;
}

/** Answers with the caller's identity. */
export type Authenticate = (credentials: unknown, request: AuthenticationRequest) => unknown;

/**
 * Makes the one function that authenticates on a node. What `authenticate` throws is logged; the other end learns only that
 * it was refused.
 *
 * @param authenticate the node's option; when absent, everybody is let in, without identity
 */
export function authentication(
  authenticate: Authenticate | undefined,
  logger: Logger,
): (credentials: unknown, request: AuthenticationRequest) => Promise<unknown> {
  return async (credentials, request) => {
    if (authenticate === undefined) return undefined;
    try {
      return await authenticate(credentials, request);
    } catch (error) {
      const { id, address } = request;
      logger.warn({ id, address, error: error instanceof Error ? error.message : String(error) }, 'authentication failed');
      throw new NetronError('unauthenticated', 'authentication failed');
    }
  };
}
