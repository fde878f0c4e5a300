/**
 * Public members, by which every call is executed, wherever it came from: receives a call whose member was found in a
 * table, hands it through the middleware to what answers it. There is no other door to a service.
 */
import type { Handler } from '../../middleware/call.js';
import { type MemberInfo, plainMember } from '../../middleware/member.js';
import type { MemberKind, ServiceDefinition } from '../definition.js';
import { membersOf } from './remote-members.js';

/** The handler in front of a member: composed once for each, whatever answers; `undefined` when nothing stands there. */
export type IncomingChain = (member: MemberInfo) => Handler | undefined;

/** A public member of one object, with the middleware in front of it. */
export interface BoundMember {
  readonly service: ServiceDefinition;
  readonly name: string;
  readonly kind: MemberKind;
  /** The member that middleware was composed for. */
  readonly info: MemberInfo;
  readonly handler: Handler;
  /** No middleware stands before it: calling `handler` is the member's beginning. */
  readonly direct?: boolean;
  /** The end of `handler` when it is shared with others that have no middleware of their own. */
  readonly answer?: Handler;
  /** Names of what each call that succeeds makes out of date. */
  readonly invalidates?: readonly string[] | undefined;
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

/** A member with nothing but the node's middleware before its `answer`. */
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

/** A function as a service of one method: what a function becomes that is passed by reference. */
export function bindFunction(target: (...args: never[]) => unknown, incomingChain: IncomingChain | undefined): BoundService {
  const invoke = target as (...args: unknown[]) => unknown;
  const member = bindMember(functionDefinition, functionMember, (call) => invoke(...call.args), incomingChain);
  return { definition: functionDefinition, members: [member], byName: new Map(), target };
}

/** Target of a proxy's calls, as far as binding needs it. */
interface Invocable {
  readonly definition: ServiceDefinition;
  invoke(member: number, args: unknown[], options: undefined): unknown;
  invokeNamed?(name: string, args: unknown[], options: undefined): unknown;
}

/** A proxy as a service of this node: what another peer's service becomes that is passed on. */
export function bindProxy(proxy: object, to: Invocable, incomingChain: IncomingChain | undefined): BoundService {
  const { definition } = to;
  const members = membersOf(definition).map((info, number) =>
    bindMember(
      definition,
      info,
      // A service of several nodes may change its members' numbers while it is passed on.
      (call) => to.invokeNamed?.(info.name, call.args, undefined) ?? to.invoke(number, call.args, undefined),
      incomingChain,
    ),
  );
  return { definition, members, byName: new Map(members.map((member) => [member.name, member])), target: proxy };
}

const functionMember = plainMember('function', 'call');
const functionDefinition: ServiceDefinition = Object.freeze({ name: 'function', version: '0.0.0', members: [] });
