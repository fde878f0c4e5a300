/**
 * Public members, through which every call is executed, whatever its origin: each passes a call through the middleware to the code
 * that answers it. There is no other entry point to a service.
 */
import type { Handler } from '../../middleware/call.js';
import { type MemberInfo, plainMember } from '../../middleware/member.js';
import type { MemberKind, ServiceDefinition } from '../definition.js';
import { membersOf } from './remote-members.js';

/** Returns the middleware in front of a member as a handler, composed once for each member; `undefined` when there is none. */
export type IncomingChain = (member: MemberInfo) => Handler | undefined;

/** A public member of one object, with the middleware in front of it. */
export interface BoundMember {
  readonly service: ServiceDefinition;
  readonly name: string;
  readonly kind: MemberKind;
  /** The member that the middleware was composed for. */
  readonly info: MemberInfo;
  readonly handler: Handler;
  /** Whether no middleware precedes the member: calling `handler` starts the member itself. */
  readonly direct?: boolean;
  /** The code that answers the call, when `handler` is shared with other members that have no middleware of their own. */
  readonly answer?: Handler;
  /** Tags that each successful call invalidates. */
  readonly invalidates?: readonly string[] | undefined;
  /** Whether the method has once used its call's context: from then on the context follows its asynchronous work. */
  usesContext: boolean;
  /** Whether the member is part of the protocol instead of the program: observers are not notified of its calls. */
  readonly internal?: boolean;
}

/** Public members of one object: `members` by their number on the wire, `byName` for lookups by name. */
export interface BoundService {
  readonly definition: ServiceDefinition;
  readonly members: readonly BoundMember[];
  readonly byName: ReadonlyMap<string, BoundMember>;
  readonly target: object;
}

/** Makes a member with only the node's middleware in front of its `answer`. */
export function bindMember(
  service: ServiceDefinition,
  info: MemberInfo,
  answer: Handler,
  incomingChain: IncomingChain | undefined,
  name = info.name,
): BoundMember {
  const handler = incomingChain?.(info) ?? answer;
  return { service, name, kind: info.kind, info, handler, direct: handler === answer, answer, usesContext: false };
}

/** Makes a service of one method from a function that is passed by reference. */
export function bindFunction(target: (...args: never[]) => unknown, incomingChain: IncomingChain | undefined): BoundService {
  const invoke = target as (...args: unknown[]) => unknown;
  const member = bindMember(functionDefinition, functionMember, (call) => invoke(...call.args), incomingChain);
  return { definition: functionDefinition, members: [member], byName: new Map(), target };
}

/** The target of a proxy, with the members that binding uses. */
interface Invocable {
  readonly definition: ServiceDefinition;
  invoke(member: number, args: unknown[], options: undefined): unknown;
  invokeNamed?(name: string, args: unknown[], options: undefined): unknown;
}

/** Makes a service of this node from a proxy of another peer's service, so that it can be passed on. */
export function bindProxy(proxy: object, to: Invocable, incomingChain: IncomingChain | undefined): BoundService {
  const { definition } = to;
  const members = membersOf(definition).map((info, number) =>
    bindMember(
      definition,
      info,
      // A service of several nodes may change the numbers of its members while it is passed on; names stay.
      (call) => to.invokeNamed?.(info.name, call.args, undefined) ?? to.invoke(number, call.args, undefined),
      incomingChain,
    ),
  );
  return { definition, members, byName: new Map(members.map((member) => [member.name, member])), target: proxy };
}

const functionMember = plainMember('function', 'call');
const functionDefinition: ServiceDefinition = Object.freeze({ name: 'function', version: '0.0.0', members: [] });
