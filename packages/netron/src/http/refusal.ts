/** Refusals of requests before anything has run, each with its status. */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { mediaTypes } from './media-types.js';

/** A failure whose status is more specific than its code. */
export class StatusError extends NetronError {
  readonly status: number;
  readonly headers: readonly string[];
  readonly close: boolean;

  constructor(status: number, error: NetronError, headers: readonly string[] = [], close = false) {
    super(error.code, error.message);
    this.status = status;
    this.headers = headers;
    this.close = close;
  }
}

/** Media types of arguments and results. */
export const formats = [mediaTypes.json, mediaTypes.rich, mediaTypes.msgpack];

/** Marks an error to say that nothing has run. */
export function refused<E>(error: E): E {
  return withOutcome(error, 'not_run');
}

/** Throws the same error for services that do not exist, are hidden, or have an invalid name. */
export function hidden(error: unknown): never {
  if (NetronError.is(error, 'not_found')) throw refused(noMember());
  throw refused(error);
}

/** Returns the error for a member that does not exist or is hidden. */
export function noMember(): NetronError {
  return new NetronError('not_found', 'no such service or member');
}

/** Returns the refusal of an HTTP method, with the allowed ones. */
export function notAllowed(method: string, allow: string): StatusError {
  const error = new NetronError('unimplemented', `${method.slice(0, 16)} is not allowed here, only ${allow}`);
  return refused(new StatusError(405, error, ['allow', allow]));
}

/** Returns the refusal of a body that is too large; the connection closes after it. */
export function tooLarge(bytes: number): StatusError {
  return refused(
    new StatusError(413, new NetronError('resource_exhausted', `the body exceeds the limit of ${bytes} bytes`), [], true),
  );
}

/** Returns the error for an upload beyond the limit; the connection closes after it. */
export function uploadTooLarge(bytes: number): StatusError {
  return new StatusError(413, new NetronError('resource_exhausted', `the upload exceeds the limit of ${bytes} bytes`), [], true);
}

/** Returns the error for a client that accepts no format of the result. */
export function notAcceptable(): StatusError {
  const known = [...formats, mediaTypes.plainLines, mediaTypes.lines, mediaTypes.events, mediaTypes.bytes];
  return new StatusError(406, new NetronError('invalid_argument', `not acceptable: available types are ${known.join(', ')}`));
}
