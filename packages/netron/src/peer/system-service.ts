/** The node's own service, which peers call under handle 0: receives their requests, asks the node's parts. */
import { NetronError } from '../errors/netron-error.js';
import type { Call } from '../middleware/call.js';
import type { ServiceDefinition } from '../service/definition.js';
import type { BoundMember, BoundService } from '../service/dispatcher.js';
import { ByReference } from './handle-codec.js';
import type { Link } from './link.js';
import { systemMembers } from './system-members.js';

const definition: ServiceDefinition = Object.freeze({ name: 'netron', version: '1.0.0', members: [] });

/** The node's own service as one link's other end may use it. */
export function systemService(link: Link): BoundService {
  const { node, owner, subscriptions } = link;
  const handlers: Record<keyof typeof systemMembers, (call: Call) => unknown> = {
    query: async ({ args }) => new ByReference((await node.services.resolve(text(args[0]))).target),
    task: ({ args }) => node.tasks.run(text(args[0]), owner, list(args[1])),
    subscribe: ({ args }) => subscriptions.accept(integer(args[0]), integer(args[1]), text(args[2])),
    unsubscribe: ({ args }) => subscriptions.drop(integer(args[0])),
    answer: ({ args }) => subscriptions.answer(integer(args[0]), text(args[1]), args[2]),
    expose: ({ args }) => node.exposeFor(owner, args[0]),
    conceal: ({ args }) => node.concealFor(owner, text(args[0])),
  };
  const members: BoundMember[] = [];
  for (const [name, number] of Object.entries(systemMembers) as [keyof typeof systemMembers, number][]) {
    members[number] = { service: definition, name, kind: 'method', handler: handlers[name], usesContext: false, internal: true };
  }
  return { definition, members, byName: new Map(), target: {} };
}

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
