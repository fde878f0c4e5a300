/**
 * Public members, by which every call is executed, wherever it came from: receives a call whose member was found in a
 * table, hands it through the middleware to what answers it. There is no other door to a service.
 */
import type { Handler } from '../../middleware/call.js';
import type { MemberKind, ServiceDefinition } from '../definition.js';

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

/** Where the calls of a proxy go, as far as binding it needs. */
interface Invocable {
  readonly definition: ServiceDefinition;
  invoke(member: number, args: unknown[], options: undefined): unknown;
}

/** A proxy as a service of this node: what another peer's service becomes that is passed on. */
export function bindProxy(proxy: object, to: Invocable, front: Handler | undefined): BoundService {
  const { definition } = to;
  const members = definition.members.map(({ name, kind }, number) =>
    bindMember(definition, name, kind, (call) => to.invoke(number, call.args, undefined), front),
  );
  return { definition, members, byName: new Map(members.map((member) => [member.name, member])), target: proxy };
}

const functionDefinition: ServiceDefinition = Object.freeze({ name: 'function', version: '0.0.0', members: [] });
