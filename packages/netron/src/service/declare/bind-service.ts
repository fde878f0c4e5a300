/** Makes a declared service callable: puts middleware in front of the members of its exposure. */
import { NetronError } from '../../errors/netron-error.js';
import { toPlaced } from '../../middleware/adapt.js';
import type { Call, Handler, Middleware } from '../../middleware/call.js';
import { compose } from '../../middleware/compose.js';
import type { AnnotationKey, MemberInfo } from '../../middleware/member.js';
import { inOrder } from '../../middleware/places.js';
import { isThenable } from '../../util/is-thenable.js';
import type { BoundMember, BoundService } from '../call/bound-service.js';
import type { CallContext } from '../call/context.js';
import { enterMember } from '../call/dispatcher.js';
import { streamResult } from '../call/stream-result.js';
import type { ServiceDefinition } from '../definition.js';
import { Invalidates, TransportRule } from './annotations.js';
import type { BindSettings, ExposedMember, Fill, ServiceExposure } from './exposed.js';

/** Composes the middleware of the node, the service and the member, ordered by place, in front of each public member of `target`. */
export function bindService(
  target: object,
  exposure: ServiceExposure,
  { incoming, construct, check }: BindSettings,
): BoundService {
  const { definition } = exposure;
  const ofService = exposure.middleware.map((input) => toPlaced(input, 'service', construct));
  const members = exposure.members.map((member): BoundMember => {
    const info = memberInfo(target, definition, member);
    check?.(info);
    const own = member.middleware.map((input) => toPlaced(input, 'service', construct));
    const chain = [...transportGuard(info), ...streamGuard(info), ...inOrder([...incoming, ...ofService, ...own], info)];
    const method = methodOf(target, definition, member);
    const answer: Handler = (call) => enterMember(call, method);
    const handler = compose(chain, answer, info);
    return {
      service: definition,
      name: member.name,
      kind: member.kind,
      info,
      // Without middleware the call is already marked as begun, so the method is called directly.
      handler: handler === answer ? method : handler,
      direct: handler === answer,
      invalidates: info.annotation(Invalidates),
      usesContext: false,
    };
  });
  return { definition, members, byName: new Map(members.map((member) => [member.name, member])), target };
}

/** Returns the check, before all other middleware, of a member that can be called only over some transports. */
function transportGuard(member: MemberInfo): Middleware[] {
  const names = member.annotation(TransportRule);
  if (names === undefined) return [];
  return [
    (next) => (call) => {
      const { transport } = call.peer;
      if (transport === undefined || transport === 'local' || names.includes(transport)) return next(call);
      const only = names.length === 0 ? 'none' : names.join(', ');
      throw new NetronError(
        'permission_denied',
        `${call.service}.${call.method} cannot be called over ${transport}; allowed transports: ${only}`,
      );
    },
  ];
}

/** Returns the check, before all other middleware, that the result of a stream method is a stream. */
function streamGuard(member: MemberInfo): Middleware[] {
  if (member.kind !== 'stream') return [];
  const checked = (result: unknown): unknown => streamResult(member, result);
  return [
    (next) => (call) => {
      const result: unknown = next(call);
      return isThenable(result) ? Promise.resolve(result).then(checked) : checked(result);
    },
  ];
}

function memberInfo(
  target: object,
  { name: service, version }: ServiceDefinition,
  { name, kind, said }: ExposedMember,
): MemberInfo {
  const annotation = <T>(key: AnnotationKey<T>): T | undefined => said?.get(key.name) as T | undefined;
  return Object.freeze({ service, version, name, kind, target, annotation });
}

function methodOf(target: object, definition: ServiceDefinition, member: ExposedMember): Handler {
  if (member.kind === 'property' && member.invoke === undefined)
    return propertyOf(target as Record<string, unknown>, definition, member);
  const method = member.invoke ?? ((target as Record<string, unknown>)[member.name] as (...args: unknown[]) => unknown);
  const { fills } = member;
  if (fills === undefined) return (call) => method.apply(target, call.args);
  const positions = [...fills].sort(([one], [other]) => one - other);
  return (call) => method.apply(target, filled(call, positions));
}

/** Inserts the filled parameters among the caller's arguments, so that the caller cannot set them. */
function filled(call: Call, positions: readonly (readonly [number, Fill])[]): unknown[] {
  const args = call.args.slice();
  for (const [position, fill] of positions) {
    while (args.length < position) args.push(undefined);
    args.splice(position, 0, fill(call as CallContext));
  }
  return args;
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
