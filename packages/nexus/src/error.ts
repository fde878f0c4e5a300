import { nameOf } from './token.js';

/**
 * Error codes of the container, a closed set:
 *
 * - `missing`: nobody provides the token, or a parameter has no token
 * - `cycle`: a provider depends on itself
 * - `captive`: a longer-lived provider depends on a request-scoped one
 * - `no_scope`: a request-scoped provider was requested outside of a request scope
 * - `duplicate`: a token is provided twice without `override` or `multi`
 * - `export`: a module exports a token that it neither provides nor imports
 * - `arity`: a constructor or factory has more parameters than are declared
 * - `async`: a synchronous `get` met a provider that is still being created
 * - `context`: `inject()` was called outside of a constructor, factory or `run()`
 * - `disposed`: the container was disposed
 * - `copies`: two incompatible copies of this package have met
 * - `invalid`: not a provider, module or use that Nexus knows
 */
export type NexusErrorCode =
  | 'missing'
  | 'cycle'
  | 'captive'
  | 'no_scope'
  | 'duplicate'
  | 'export'
  | 'arity'
  | 'async'
  | 'context'
  | 'disposed'
  | 'copies'
  | 'invalid';

/** Marks errors, of whichever copy of this package. */
const brand = Symbol.for('nexus.error');

/** The one error class of this package. Switch on `code`; never parse `message`. */
export class NexusError extends Error {
  override name = 'NexusError';
  /** Reason of the error. */
  readonly code: NexusErrorCode;
  /** Names from the requested token to the one that failed; empty if nothing was being created. */
  readonly path: readonly string[];
  /** The token that nobody provides; `undefined` for other codes. */
  readonly token: unknown;

  /** @param message message for people: the injection path, the reason and a solution */
  constructor(code: NexusErrorCode, message: string, path: readonly string[] = [], token?: unknown) {
    super(message);
    this.code = code;
    this.path = path;
    this.token = token;
  }

  /** @internal */
  get [brand](): boolean {
    return true;
  }

  /** Returns whether `error` is a `NexusError`, also of another copy of this package, for which `instanceof` is false. */
  static is(error: unknown): error is NexusError {
    try {
      return !!(error as { [brand]?: boolean } | undefined)?.[brand];
    } catch {
      // A proxy may throw on any access.
      return false;
    }
  }
}

/** Returns the errors of an `AggregateError`, or else the thrown value itself. */
export function errorsOf(thrown: unknown): readonly unknown[] {
  try {
    return thrown instanceof AggregateError ? thrown.errors : [thrown];
  } catch {
    return [thrown];
  }
}

/** Joins the messages of thrown values of any type. */
export function textsOf(errors: readonly unknown[], between: string): string {
  const textOf = (thrown: unknown): string => {
    try {
      return String(thrown);
    } catch {
      return 'an unprintable value was thrown';
    }
  };
  return errors.map(textOf).join(between);
}

/** An entry in creation, and its last requester. */
export interface Asker {
  /** `undefined` for a function in `run()`, which the path does not show. */
  readonly token: unknown;
  readonly via?: Asker | undefined;
}

/** Returns the chain of requesters above an entry. */
export function above<A extends Asker>(asker: A | undefined): A[] {
  const path = new Set<A>();
  for (let at = asker; at && !path.has(at); at = at.via as A | undefined) path.add(at);
  return [...path];
}

/** Throws an error whose reason follows the injection path, from the first request down to `asker`. */
export function fail(code: NexusErrorCode, reason: string, asker?: Asker, token?: unknown): never {
  const path = above(asker)
    .filter(({ token }) => token)
    .map(({ token }) => nameOf(token))
    .reverse();
  const where = path.length ? `cannot create ${path.at(-1)}: ${path.length > 1 ? `${path.join(' → ')}: ` : ''}` : '';
  throw new NexusError(code, where + reason, path, token);
}
