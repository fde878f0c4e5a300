/** Makes the members that a node answers under handle 0 of a table of functions: each call is for the link that it came by. */

import { NetronError } from '../../errors/netron-error.js';
import type { CallPeer } from '../../middleware/call.js';
import { type MemberInfo, plainMember } from '../../middleware/member.js';
import type { BoundMember } from '../../service/call/bound-service.js';
import type { CallContext } from '../../service/call/context.js';
import type { Step } from '../../service/call/stream-source.js';
import type { Connection } from '../../transport/transport.js';
import { described } from '../../util/check.js';
import type { Subscriptions } from '../events/outgoing-subscriptions.js';
import type { Publisher } from '../events/publisher.js';
import { systemDefinition as definition, systemMembers } from './members.js';

/** Members that the node's own service uses of the link that a call came by: not of the one in use, which may be another. */
export interface SystemLink {
  /** The peer that calls. */
  readonly owner: CallPeer;
  readonly connection: Pick<Connection, 'certificate' | 'remoteAddress'>;
  readonly publisher: Pick<Publisher, 'accept' | 'drop'> | undefined;
  readonly subscriptions: Pick<Subscriptions, 'answer'>;
  readonly outgoingStreams: { step(stream: number, step: Step): void };
}

/** Answers one request that came by `link`. */
export type SystemHandler = (link: SystemLink, args: unknown[], call: CallContext) => unknown;

/** Returns the member of the node's own service with a number, for a call that came by `link`; `undefined` when there is none. */
export type SystemService = (number: number, link: SystemLink) => BoundMember | undefined;

/** Each member as middleware sees it, at its number on the wire. */
const infos: (MemberInfo | undefined)[] = [];
for (const [name, number] of Object.entries(systemMembers)) infos[number] = plainMember(definition.name, name);

/** Makes the node's own service of a function for each member. */
export function bindSystem(handlers: Readonly<Record<keyof typeof systemMembers, SystemHandler>>): SystemService {
  return (number, link) => {
    const info = infos[number];
    if (info === undefined) return undefined;
    const name = info.name as keyof typeof systemMembers;
    return {
      service: definition,
      name,
      kind: 'method',
      info,
      handler: (call) => handlers[name](link, call.args, call as CallContext),
      usesContext: false,
      internal: true,
    };
  };
}

/** Asks a listener of this end for its answer to an event: whoever subscribes has to. */
export const answer: SystemHandler = ({ subscriptions }, [id, name, data]) => subscriptions.answer(integer(id), text(name), data);

/** Goes on with a generator of this end that the other end steps through. */
export const step: SystemHandler = ({ outgoingStreams }, [stream, thrown, value]) =>
  outgoingStreams.step(integer(stream), { thrown: thrown === true, value });

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
