/** A whole node's own service, which peers call under handle 0: receives their requests, asks the node's parts. */
import { NetronError } from '../../errors/netron-error.js';
import type { Handler } from '../../middleware/call.js';
import { type CallContext, runInCall } from '../../service/call/context.js';
import type { BoundService } from '../../service/call/dispatcher.js';
import type { ServiceRegistry } from '../../service/registry.js';
import type { TaskRegistry, Through } from '../../tasks/task-registry.js';
import type { Audience } from '../events/publisher.js';
import type { Link } from '../link/link.js';
import { ByReference } from '../references/handle-codec.js';
import type { RemotePeer } from '../remote-peer.js';
import { answer, bindSystem, integer, text } from './binding.js';
import { taskMember } from './members.js';

/** What the node's parts do for peers. */
export interface SystemParts {
  /** What peers may ask for by name. */
  readonly services: Pick<ServiceRegistry, 'resolve'>;
  readonly tasks: Pick<TaskRegistry<RemotePeer>, 'run'>;
  /** The node's middleware, in front of tasks. */
  readonly front: Handler | undefined;
  /** A peer wants to expose one of its services on this node. */
  exposeFor(peer: RemotePeer, service: unknown): Promise<void>;
  concealFor(peer: RemotePeer, name: string): Promise<void>;
}

export function systemService(parts: SystemParts): BoundService {
  const { services, tasks, front } = parts;
  return bindSystem({
    query: async (_link, [query]) => new ByReference((await services.resolve(text(query))).target),
    task: ({ owner }, [name, args], call) => tasks.run(text(name), owner, list(args), throughFront(front, name as string, call)),
    subscribe: (link, [id, handle, pattern]) => audienceOf(link).accept(integer(id), integer(handle), text(pattern)),
    unsubscribe: (link, [id]) => audienceOf(link).drop(integer(id)),
    answer,
    expose: ({ owner }, [service]) => parts.exposeFor(owner, service),
    conceal: ({ owner }, [name]) => parts.concealFor(owner, text(name)),
  });
}

function audienceOf({ audience }: Link): Audience {
  return audience as Audience;
}

/** A task behind the node's middleware, which sees it under its name and with its own arguments. */
function throughFront(front: Handler | undefined, name: string, outer: CallContext): Through | undefined {
  if (front === undefined) return undefined;
  return (run, args) => {
    const call = outer.as(taskMember(name, front, run), [...args]);
    return runInCall(call, front, call);
  };
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NetronError('invalid_argument', 'a list was expected');
  return value as unknown[];
}
