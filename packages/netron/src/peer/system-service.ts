/** The node's own service, which peers call under handle 0: receives their requests, asks the node's parts. */
import { NetronError } from '../errors/netron-error.js';
import type { BoundMember, BoundService } from '../service/dispatcher.js';
import { ByReference } from './handle-codec.js';
import type { Link } from './link.js';
import type { RemotePeer } from './remote-peer.js';
import { systemDefinition as definition, systemMembers } from './system-members.js';

const handlers: Record<keyof typeof systemMembers, (link: Link, args: unknown[]) => unknown> = {
  query: async ({ node }, [query]) => new ByReference((await node.services.resolve(text(query))).target),
  task: ({ node, owner }, [name, args]) => node.tasks.run(text(name), owner, list(args)),
  subscribe: ({ subscriptions }, [id, handle, pattern]) => subscriptions.accept(integer(id), integer(handle), text(pattern)),
  unsubscribe: ({ subscriptions }, [id]) => subscriptions.drop(integer(id)),
  answer: ({ subscriptions }, [id, name, data]) => subscriptions.answer(integer(id), text(name), data),
  expose: ({ node, owner }, [service]) => node.exposeFor(owner, service),
  conceal: ({ node, owner }, [name]) => node.concealFor(owner, text(name)),
};

const members: BoundMember[] = [];
for (const [name, number] of Object.entries(systemMembers) as [keyof typeof systemMembers, number][]) {
  members[number] = {
    service: definition,
    name,
    kind: 'method',
    handler: (call) => handlers[name]((call.peer as RemotePeer).link as Link, call.args),
    usesContext: false,
    internal: true,
  };
}

/** The node's own service, the same for all links: a call is for the link that its caller is on. */
export const systemService: BoundService = { definition, members, byName: new Map(), target: {} };

function text(value: unknown): string {
  if (typeof value !== 'string') throw new NetronError('invalid_argument', 'a text was expected');
  return value;
}

function integer(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new NetronError('invalid_argument', 'a number was expected');
  }
  return value;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NetronError('invalid_argument', 'a list was expected');
  return value as unknown[];
}
