import type { MemberInfo } from '../../middleware/member.js';
import type { IncomingChain } from '../../service/call/bound-service.js';
import { type BoundMember, bindMember } from '../../service/call/bound-service.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { Callee } from '../calls/callee.js';

/** The node's own service as middleware and observers see it. */
export const systemDefinition: ServiceDefinition = Object.freeze({ name: 'netron', version: '1.0.0', members: [] });

/** Returns the member for a task, as middleware sees it. */
export function taskMember(
  info: MemberInfo,
  incomingChain: IncomingChain | undefined,
  run: (args: readonly unknown[]) => unknown,
): BoundMember {
  return bindMember(systemDefinition, info, ({ args }) => run(args), incomingChain);
}

/** Members that every node answers under handle 0, by their number on the wire. Part of the protocol. */
export const systemMembers = {
  query: 0,
  task: 1,
  subscribe: 2,
  unsubscribe: 3,
  answer: 4,
  expose: 5,
  conceal: 6,
  authenticate: 7,
  step: 8,
  describe: 9,
} as const;

/**
 * Returns a member of the other node itself, in the form that calls use.
 *
 * @param member one of `systemMembers`
 * @param name for error messages
 */
export function systemCallee(member: number, name: string): Callee {
  return new Callee(0, member, systemDefinition.name, name);
}
