/** Asks the program who a caller is: for connections and for requests of edges alike. */
import { NetronError } from '../errors/netron-error.js';
import { refusedLogin } from '../errors/refused-login.js';
import type { Authenticated } from '../peer/identity.js';
import type { ClientCertificate } from '../transport/client-certificate.js';
import type { Clock } from '../util/clock.js';
import { inTime } from '../util/in-time.js';
import type { Logger } from '../util/logger.js';
import { isError, thrownProperty } from '../util/thrown.js';
import { longestReason } from '../wire/limits.js';

/** A caller that shows credentials, as far as it is known before. */
export interface AuthenticationRequest {
  /** The id the node claims; of an edge's request whatever the edge counts the caller by. */
  readonly id: string;
  /** The address that it connects from. */
  readonly address: string;
  /** The carrier of its calls, for instance `websocket` or `http`. */
  readonly transport?: string;
  /** Certificate that it has shown, and an authority that this node trusts has signed: of listeners that ask for one. */
  readonly certificate?: ClientCertificate | undefined;
}

/** An identity with an end, as `expiringIdentity` makes it. */
export class ExpiringIdentity implements Authenticated {
  readonly identity: unknown;
  readonly expiresInMs: number;

  constructor(identity: unknown, expiresInMs: number) {
    this.identity = identity;
    this.expiresInMs = expiresInMs;
  }
}

/**
 * Identity that ends, as a result of `authenticate`: the other end is told and renews it before; when it does not, the
 * peer is anonymous from then on.
 *
 * @param expiresInMs milliseconds from now on, for instance what is left of a token's life; with 0 the caller is refused
 * @throws RangeError when it is no number from 0
 */
export function expiringIdentity(identity: unknown, expiresInMs: number): ExpiringIdentity {
  if (typeof expiresInMs !== 'number' || !(expiresInMs >= 0)) {
    throw new RangeError(`expiresInMs must be a number from 0, not ${String(expiresInMs)}`);
  }
  return new ExpiringIdentity(identity, expiresInMs);
}

/**
 * Answers with the caller's identity, or with one that ends. What it throws refuses the caller; a `NetronError` `unavailable` says that
 * it cannot tell now, `resource_exhausted` that it has been asked too often.
 */
export type Authenticate = (credentials: unknown, request: AuthenticationRequest) => unknown;

/**
 * Makes the one function that authenticates on a node. What `authenticate` throws is logged; the other end learns only that
 * it was refused, or that it may try again: `unavailable` when nobody can tell now, or not in time, `resource_exhausted` after too
 * many attempts.
 *
 * @param authenticate the node's option; when absent, everybody is let in, without identity
 * @param timeout milliseconds that it has for its answer
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
        if (found.expiresInMs === 0) throw new NetronError('unauthenticated', 'the identity has ended');
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
 * Makes the function that awaits credentials which the program has promised. Those that do not come refuse their caller, as
 * `authenticate` does.
 *
 * @param timeout milliseconds that they have
 */
export function awaitedCredentials(
  logger: Logger,
  clock: Clock,
  timeout: number,
): (promised: PromiseLike<unknown>, request: AuthenticationRequest) => Promise<unknown> {
  const late = (): NetronError => new NetronError('unavailable', `credentials were not there within ${timeout} ms`);
  return async (promised, request) => {
    try {
      return await inTime(clock, timeout, promised, late);
    } catch (error) {
      logRefusal(logger, request, error);
      throw refusedLogin(error);
    }
  };
}

/** Tells the log of a caller that was refused. */
export function logRefusal(logger: Logger, { id, address }: AuthenticationRequest, error: unknown): void {
  logger.warn({ id, address, error: textOf(error), ...reasonOf(error) }, 'authentication failed');
}

/** Gives the reason of a refusal: providers refuse with one text, and keep the reason as its cause. */
function reasonOf(error: unknown): { reason?: string } {
  const cause = isError(error) ? thrownProperty(error, 'cause') : undefined;
  return cause === undefined ? {} : { reason: textOf(cause) };
}

/** Providers tell of what a stranger has shown, however long that is. */
const textOf = (error: unknown): string => NetronError.from(error).message.slice(0, longestReason);
