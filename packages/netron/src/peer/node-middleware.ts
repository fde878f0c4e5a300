/** The middleware of a node, in the forms that its parts use; also for clients with middleware. */
import { type Construct, toMiddleware, toPlaced } from '../middleware/adapt.js';
import { callSites } from '../middleware/call-sites.js';
import type { MiddlewareInput, Placed } from '../middleware/places.js';
import type { IncomingChain } from '../service/call/bound-service.js';
import { composeIncoming } from '../service/call/incoming-chain.js';
import { described, isRecord } from '../util/check.js';
import type { Time } from './calls/outgoing-call.js';
import { OutgoingChain } from './calls/outgoing-chain.js';

/** Middleware as passed by the program; outermost first. */
export interface MiddlewareOptions {
  /** Around the calls that this node answers. */
  readonly incoming?: readonly MiddlewareInput[];
  /** Around the calls that this node makes. */
  readonly outgoing?: readonly MiddlewareInput[];
}

/** The options with middleware. */
export interface MiddlewareSource {
  readonly middleware?: MiddlewareOptions | undefined;
  readonly construct?: Construct | undefined;
  readonly callSites?: boolean | undefined;
}

export interface NodeMiddleware {
  /** Around every call that this node answers. */
  readonly incoming: readonly Placed[];
  /** Creates instances of middleware classes. */
  readonly construct: Construct | undefined;
  /** The composed chain for targets without middleware of their own. */
  readonly incomingChain: IncomingChain | undefined;
  /** Around every call that this node makes, to any peer; `undefined` when there is none. */
  readonly outgoingChain: OutgoingChain | undefined;
}

/** @throws TypeError when a value is not middleware */
export function nodeMiddleware({ middleware = {}, construct, callSites: sited }: MiddlewareSource, time: Time): NodeMiddleware {
  if (!isRecord(middleware as unknown))
    throw new TypeError(`middleware must be { incoming, outgoing }, not ${described(middleware)}`);
  for (const [name, list] of Object.entries(middleware)) {
    if (name !== 'incoming' && name !== 'outgoing')
      throw new TypeError(`middleware: unknown list '${name}'; known: incoming, outgoing`);
    if (list !== undefined && !Array.isArray(list))
      throw new TypeError(`middleware.${name} must be an array, not ${described(list)}`);
  }
  const incoming = (middleware.incoming ?? []).map((input) => toPlaced(input, 'node', construct));
  const outgoing = (middleware.outgoing ?? []).map((input) => toMiddleware(input, construct));
  if (sited === true) outgoing.unshift(callSites());
  return {
    incoming,
    construct,
    incomingChain: composeIncoming(incoming),
    outgoingChain: outgoing.length === 0 ? undefined : new OutgoingChain(outgoing, time),
  };
}
