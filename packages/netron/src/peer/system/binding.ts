/** Creates the members that a node answers under handle 0 from a table of functions. Each call refers to the link that it arrived on. */

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

/** The members of the link of a call that the node's own service uses. It may differ from the link in use. */
export interface SystemLink {
  /** The calling peer. */
  readonly owner: CallPeer;
  readonly connection: Pick<Connection, 'certificate' | 'remoteAddress'>;
  readonly publisher: Pick<Publisher, 'accept' | 'drop'> | undefined;
  readonly subscriptions: Pick<Subscriptions, 'answer'>;
  readonly outgoingStreams: { step(stream: number, step: Step): void };
}

/** Answers one request that arrived on `link`. */
export type SystemHandler = (link: SystemLink, args: unknown[], call: CallContext) => unknown;

/** Returns a member of the node's own service by its number, for a call that arrived on `link`; `undefined` when there is none. */
export type SystemService = (number: number, link: SystemLink) => BoundMember | undefined;

/** Each member as middleware sees it, by its number on the wire. */
const infos: (MemberInfo | undefined)[] = [];
for (const [name, number] of Object.entries(systemMembers)) infos[number] = plainMember(definition.name, name);

/** Creates the node's own service from a function for each member. */
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

/** Asks a listener of this end for its answer to an event that requires one. */
export const answer: SystemHandler = ({ subscriptions }, [id, name, data]) => subscriptions.answer(integer(id), text(name), data);

/** Advances a generator of this end that the other end steps through. */
export const step: SystemHandler = ({ outgoingStreams }, [stream, thrown, value]) =>
  outgoingStreams.step(integer(stream), { thrown: thrown === true, value });

/** @throws NetronError `invalid_argument` when `value` is not a string */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new NetronError('invalid_argument', `expected a string, got ${described(value)}`);
  return value;
}

/** @throws NetronError `invalid_argument` when `value` is not an integer from 0 */
export function integer(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new NetronError(
      'invalid_argument',
      `expected a non-negative integer, got ${typeof value === 'number' ? value : described(value)}`,
    );
  }
  return value;
}
