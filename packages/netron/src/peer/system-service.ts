/** The node's own service, which peers call under handle 0: receives their requests, asks the node's parts. */
import { NetronError } from '../errors/netron-error.js';
import type { Handler } from '../middleware/call.js';
import { type CallContext, runInCall } from '../service/call-context.js';
import type { BoundMember, BoundService } from '../service/dispatcher.js';
import type { Through } from '../tasks/task-registry.js';
import { ByReference } from './handle-codec.js';
import type { Link } from './link.js';
import type { RemotePeer } from './remote-peer.js';
import { systemDefinition as definition, systemMembers, taskMember } from './system-members.js';

const handlers: Record<keyof typeof systemMembers, (link: Link, args: unknown[], call: CallContext) => unknown> = {
  query: async ({ node }, [query]) => new ByReference((await node.services.resolve(text(query))).target),
  task: ({ node, owner }, [name, args], call) =>
    node.tasks.run(text(name), owner, list(args), throughFront(node.front, name as string, call)),
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
    handler: (call) => handlers[name]((call.peer as RemotePeer).link as Link, call.args, call as CallContext),
    usesContext: false,
    internal: true,
  };
}

/** A task behind the node's middleware, which sees it under its name and with its own arguments. */
function throughFront(front: Handler | undefined, name: string, outer: CallContext): Through | undefined {
  if (front === undefined) return undefined;
  return (run, args) => {
    const call = outer.as(taskMember(name, front, run), [...args]);
    return runInCall(call, front, call);
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
