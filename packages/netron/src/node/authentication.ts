/** Authentication: asks the program who a caller is, for connections and for requests of edges alike. */
import { NetronError } from '../errors/netron-error.js';
import { refusedLogin } from '../errors/refused-login.js';
import type { Authenticated } from '../peer/identity.js';
import type { ClientCertificate } from '../transport/client-certificate.js';
import type { Clock } from '../util/clock.js';
import { inTime } from '../util/in-time.js';
import type { Logger } from '../util/logger.js';
import { isError, thrownProperty } from '../util/thrown.js';
import { longestReason } from '../wire/limits.js';

/** Facts about a caller that presents credentials, known before it is authenticated. */
export interface AuthenticationRequest {
  /** The id that the node claims; for a request of an edge, the id by which the edge counts the caller. */
  readonly id: string;
  /** The address that the caller connects from. */
  readonly address: string;
  /** The transport of its calls, for instance `websocket` or `http`. */
  readonly transport?: string;
  /** The client certificate, signed by an authority that this node trusts: only with listeners that request one. */
  readonly certificate?: ClientCertificate | undefined;
}

/** An identity that expires, as `expiringIdentity` returns it. */
export class ExpiringIdentity implements Authenticated {
  readonly identity: unknown;
  readonly expiresInMs: number;

  constructor(identity: unknown, expiresInMs: number) {
    this.identity = identity;
    this.expiresInMs = expiresInMs;
  }
}

/**
 * Returns an identity that expires, as a result for `authenticate`. The other end is notified and renews it in time; if it does
 * not, the peer is anonymous from then on.
 *
 * @param expiresInMs milliseconds from now, for instance the remaining lifetime of a token; 0 refuses the caller
 * @throws RangeError when `expiresInMs` is not a number from 0
 */
export function expiringIdentity(identity: unknown, expiresInMs: number): ExpiringIdentity {
  if (typeof expiresInMs !== 'number' || !(expiresInMs >= 0)) {
    throw new RangeError(`expiresInMs must be a non-negative number, not ${String(expiresInMs)}`);
  }
  return new ExpiringIdentity(identity, expiresInMs);
}

/**
 * Returns the caller's identity, or an identity that expires. An error that it throws refuses the caller; a `NetronError` `unavailable` means
 * that it cannot decide now, `resource_exhausted` that it has been asked too often.
 */
export type Authenticate = (credentials: unknown, request: AuthenticationRequest) => unknown;

/**
 * Makes the one function that authenticates on a node. Errors that `authenticate` throws are logged; the other end learns only
 * that it was refused, or that it may try again: `unavailable` when `authenticate` cannot decide now, or not in time,
 * `resource_exhausted` after too many attempts.
 *
 * @param authenticate the node's option; without it, every caller is accepted, without an identity
 * @param timeout milliseconds that `authenticate` has to answer
 */
export function authentication(
  authenticate: Authenticate | undefined,
  logger: Logger,
  clock: Clock,
  timeout: number,
): (credentials: unknown, request: AuthenticationRequest) => Promise<Authenticated> {
  const late = (): NetronError => new NetronError('unavailable', `authenticate did not answer within ${timeout} ms`);
  return async (credentials, request) => {
    if (authenticate === undefined) return { identity: undefined, expiresInMs: undefined };
    try {
      const found = await inTime(clock, timeout, authenticate(credentials, request), late);
      if (found instanceof ExpiringIdentity) {
        if (found.expiresInMs === 0) throw new NetronError('unauthenticated', 'the identity has expired');
        return found;
      }
      return { identity: found, expiresInMs: undefined };
    } catch (error) {
      logRefusal(logger, request, error);
      throw refusedLogin(error);
    }
  };
}

/**
 * Makes the function that awaits credentials which the program has given as a promise. If they do not arrive, the caller is
 * refused, as by `authenticate`.
 *
 * @param timeout milliseconds that the credentials may take
 */
export function awaitedCredentials(
  logger: Logger,
  clock: Clock,
  timeout: number,
): (promised: PromiseLike<unknown>, request: AuthenticationRequest) => Promise<unknown> {
  const late = (): NetronError => new NetronError('unavailable', `the credentials were not available within ${timeout} ms`);
  return async (promised, request) => {
    try {
      return await inTime(clock, timeout, promised, late);
    } catch (error) {
      logRefusal(logger, request, error);
      throw refusedLogin(error);
    }
  };
}

/** Logs that a caller was refused. */
export function logRefusal(logger: Logger, { id, address }: AuthenticationRequest, error: unknown): void {
  logger.warn({ id, address, error: textOf(error), ...reasonOf(error) }, 'authentication failed');
}

/** Returns the reason of a refusal: authentication providers refuse with one fixed text and keep the reason as its cause. */
function reasonOf(error: unknown): { reason?: string } {
  const cause = isError(error) ? thrownProperty(error, 'cause') : undefined;
  return cause === undefined ? {} : { reason: textOf(cause) };
}

/** Cuts a text for the log: the reason may contain what an unauthenticated caller has sent, of any length. */
const textOf = (error: unknown): string => NetronError.from(error).message.slice(0, longestReason);
