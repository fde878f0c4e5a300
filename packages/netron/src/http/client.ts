/** The parts of HTTP for callers that run on every platform: codec, errors, addresses, proxies and their types. */

export { random, systemClock } from '#platform';
export { type Code, codes, isCode } from '../errors/codes.js';
export { type ErrorClass, ErrorClasses, type ErrorClassOptions } from '../errors/error-classes.js';
export { ErrorRegistry } from '../errors/error-registry.js';
export {
  CircuitOpenError,
  NotFoundError,
  PermissionDeniedError,
  SkewError,
  UnauthenticatedError,
  ValidationError,
} from '../errors/named-errors.js';
export { NetronError, type NetronErrorOptions } from '../errors/netron-error.js';
export { afterAttempt, withOutcome } from '../errors/outcome.js';
export { RemoteError } from '../errors/remote-error.js';
export type { ErrorCodec, WireError } from '../errors/wire-error.js';
export { compose } from '../middleware/compose.js';
export type { CallOptions } from '../service/call/options.js';
export { createProxy, type ProxyTarget, targetOf, withOptions } from '../service/call/proxy.js';
export type { Queried, Remote, RemoteStream } from '../service/call/remote.js';
export { serviceStream } from '../service/call/service-stream.js';
export { setProperty } from '../service/call/set-property.js';
export type { MemberDefinition, MemberKind, ServiceDefinition } from '../service/definition.js';
export type { Clock } from '../util/clock.js';
export { digest } from '../util/digest.js';
export { onAbort } from '../util/on-abort.js';
export { onlyOptions } from '../util/only-options.js';
export { readOptions } from '../util/read-options.js';
export type { Limits } from '../wire/limits.js';
export { defaultPath, memberPath } from './address.js';
export { readCommonJson, writeCommonJson } from './common-json.js';
export { readCommonMessagePack, writeCommonMessagePack } from './common-messagepack.js';
export type { JsonOptions } from './json-values.js';
export { mediaTypeOf, mediaTypes } from './media-types.js';
export { type Failure, type Outcome, type Problem, readProblem } from './problem.js';
export { readJson } from './read-json.js';
export { writeJson } from './write-json.js';
