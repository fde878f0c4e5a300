/**
 * Executes every call, wherever it came from: receives a call whose member was found in a table, hands it through the
 * middleware to the method. There is no other door to a service.
 */
import { NetronError } from '../errors/netron-error.js';
import { toMiddleware } from '../middleware/adapt.js';
import type { Call, Handler, Middleware } from '../middleware/call.js';
import { compose } from '../middleware/compose.js';
import { originalCall } from '../middleware/derived-call.js';
import { CallContext, runInCall } from './call-context.js';
import type { MemberKind, ServiceDefinition } from './definition.js';
import type { ExposedMember, ServiceExposure } from './exposed.js';
import type { ProxyTarget } from './proxy.js';

/** A public member of one object, with the middleware in front of it. */
export interface BoundMember {
  readonly service: ServiceDefinition;
  readonly name: string;
  readonly kind: MemberKind;
  readonly handler: Handler;
  /** What `handler` comes to when it is the one that stands in front of everything without middleware of its own. */
  readonly answer?: Handler;
  /** The method has asked for its call's context once: from then on it follows the method's asynchronous work. */
  usesContext: boolean;
  /** Part of the protocol, no method of the program's: nobody is told of its calls. */
  readonly internal?: boolean;
}

/** One object's public members: `members` by their number on the wire, `byName` for look-ups by name. */
export interface BoundService {
  readonly definition: ServiceDefinition;
  readonly members: readonly BoundMember[];
  readonly byName: ReadonlyMap<string, BoundMember>;
  readonly target: object;
}

/** Puts `middleware`, then the service's own, then the member's in front of each public member of `target`. */
export function bindService(target: object, exposure: ServiceExposure, middleware: readonly Middleware[]): BoundService {
  const { definition } = exposure;
  const ofService = exposure.middleware.map(toMiddleware);
  const members = exposure.members.map((member): BoundMember => {
    const chain = [...middleware, ...ofService, ...member.middleware.map(toMiddleware)];
    const method = methodOf(target, definition, member);
    // Middleware may have waited before it goes on: the method starts inside of its call all the same.
    const handler =
      chain.length === 0 ? method : compose(chain, (call) => runInCall(originalCall(call) as CallContext, method, call));
    return { service: definition, name: member.name, kind: member.kind, handler, usesContext: false };
  });
  return { definition, members, byName: new Map(members.map((member) => [member.name, member])), target };
}

/** The node's middleware in front of what has none of its own; composed once for all of it. `undefined` when there is none. */
export function frontOf(middleware: readonly Middleware[]): Handler | undefined {
  if (middleware.length === 0) return undefined;
  return compose(middleware, (call) => {
    const made = originalCall(call);
    if (made instanceof CallContext) return runInCall(made, made.answer, call);
    throw new TypeError('next() takes the call that middleware was given, or one made of it by deriveCall()');
  });
}

/** A member with nothing but `front` before its `answer`. */
export function bindMember(
  service: ServiceDefinition,
  name: string,
  kind: MemberKind,
  answer: Handler,
  front: Handler | undefined,
): BoundMember {
  return { service, name, kind, handler: front ?? answer, answer, usesContext: false };
}

/** A function as a service of one method: what a function becomes that is passed by reference. */
export function bindFunction(target: (...args: never[]) => unknown, front: Handler | undefined): BoundService {
  const invoke = target as (...args: unknown[]) => unknown;
  const member = bindMember(functionDefinition, 'call', 'method', (call) => invoke(...call.args), front);
  return { definition: functionDefinition, members: [member], byName: new Map(), target };
}

/** A proxy as a service of this node: what another peer's service becomes that is passed on. */
export function bindProxy(proxy: object, to: ProxyTarget, front: Handler | undefined): BoundService {
  const { definition } = to;
  const members = definition.members.map(({ name, kind }, number) =>
    bindMember(definition, name, kind, (call) => to.invoke(number, call.args, undefined), front),
  );
  return { definition, members, byName: new Map(members.map((member) => [member.name, member])), target: proxy };
}

const functionDefinition: ServiceDefinition = Object.freeze({ name: 'function', version: '0.0.0', members: [] });

function methodOf(target: object, definition: ServiceDefinition, member: ExposedMember): Handler {
  if (member.kind === 'property' && member.invoke === undefined)
    return propertyOf(target as Record<string, unknown>, definition, member);
  const method = member.invoke ?? ((target as Record<string, unknown>)[member.name] as (...args: unknown[]) => unknown);
  const { context } = member;
  if (context === undefined) return (call) => method.apply(target, call.args);
  // The caller's arguments fill the other positions: whatever it sends, the context is ours.
  return (call: Call) => {
    const args = call.args.slice();
    while (args.length < context) args.push(undefined);
    args.splice(context, 0, call);
    return method.apply(target, args);
  };
}

function propertyOf(target: Record<string, unknown>, definition: ServiceDefinition, member: ExposedMember): Handler {
  return ({ args }) => {
    if (args.length === 0) return target[member.name];
    if (member.writable !== true) {
      throw new NetronError('permission_denied', `property '${member.name}' of service '${definition.name}' is read-only`);
    }
    target[member.name] = args[0];
    return undefined;
  };
}
