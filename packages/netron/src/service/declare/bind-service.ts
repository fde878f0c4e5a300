/** Makes a declared service callable: receives its exposure, puts middleware in front of its members. */
import { NetronError } from '../../errors/netron-error.js';
import { toMiddleware } from '../../middleware/adapt.js';
import type { Call, Handler, Middleware } from '../../middleware/call.js';
import { compose } from '../../middleware/compose.js';
import type { BoundMember, BoundService } from '../call/bound-service.js';
import { enterMember } from '../call/dispatcher.js';
import type { ServiceDefinition } from '../definition.js';
import type { ExposedMember, ServiceExposure } from './exposed.js';

/** Puts `middleware`, then the service's own, then the member's in front of each public member of `target`. */
export function bindService(target: object, exposure: ServiceExposure, middleware: readonly Middleware[]): BoundService {
  const { definition } = exposure;
  const ofService = exposure.middleware.map(toMiddleware);
  const members = exposure.members.map((member): BoundMember => {
    const chain = [...middleware, ...ofService, ...member.middleware.map(toMiddleware)];
    const method = methodOf(target, definition, member);
    // Middleware may have waited before it goes on: the method starts inside of its call all the same.
    const handler = chain.length === 0 ? method : compose(chain, (call) => enterMember(call, method));
    return { service: definition, name: member.name, kind: member.kind, handler, usesContext: false };
  });
  return { definition, members, byName: new Map(members.map((member) => [member.name, member])), target };
}

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
