/** Makes of a table of functions what a node answers under handle 0. */

import { NetronError } from '../../errors/netron-error.js';
import { plainMember } from '../../middleware/member.js';
import type { BoundMember, BoundService } from '../../service/call/bound-service.js';
import type { CallContext } from '../../service/call/context.js';
import { described } from '../../util/check.js';
import type { Link } from '../link/link.js';
import type { RemotePeer } from '../remote-peer.js';
import { systemDefinition as definition, systemMembers } from './members.js';

/** Answers one request of `peer`. */
export type SystemHandler = (peer: RemotePeer, args: unknown[], call: CallContext) => unknown;

/** The node's own service, made of a function for each member. */
export function bindSystem(handlers: Readonly<Record<keyof typeof systemMembers, SystemHandler>>): BoundService {
  const members: BoundMember[] = [];
  for (const [name, number] of Object.entries(systemMembers) as [keyof typeof systemMembers, number][]) {
    members[number] = {
      service: definition,
      name,
      kind: 'method',
      info: plainMember(definition.name, name),
      handler: (call) => handlers[name](call.peer as RemotePeer, call.args, call as CallContext),
      usesContext: false,
      internal: true,
    };
  }
  return { definition, members, byName: new Map(), target: {} };
}

/** Asks a listener of this end for its answer to an event: whoever subscribes has to. */
export const answer: SystemHandler = ({ link }, [id, name, data]) =>
  (link as Link).subscriptions.answer(integer(id), text(name), data);

/** Goes on with a generator of this end that the other end steps through. */
export const step: SystemHandler = ({ link }, [stream, thrown, value]) =>
  (link as Link).outgoingStreams.step(integer(stream), { thrown: thrown === true, value });

/** @throws NetronError `invalid_argument` when `value` is none */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new NetronError('invalid_argument', `expected a string, got ${described(value)}`);
  return value;
}

/** @throws NetronError `invalid_argument` when `value` is none from 0 */
export function integer(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new NetronError(
      'invalid_argument',
      `expected a whole number from 0, got ${typeof value === 'number' ? value : described(value)}`,
    );
  }
  return value;
}
