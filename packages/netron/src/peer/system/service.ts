/** The own service of a full node, which peers call under handle 0: passes requests to the node's parts. */

import { NetronError } from '../../errors/netron-error.js';
import type { BoundService, IncomingChain } from '../../service/call/bound-service.js';
import type { TaskRegistry } from '../../tasks/task-registry.js';
import { described } from '../../util/check.js';
import { ByReference } from '../references/by-reference.js';
import type { RemotePeer } from '../remote-peer.js';
import { answer, bindSystem, integer, type SystemLink, type SystemService, step, text } from './binding.js';
import { taskMember } from './members.js';
import { type Reauthenticate, reauthentication } from './reauthenticate.js';

/** Functions of the node's parts for peers. */
export interface SystemParts {
  /** Returns the manifest of a service, if the caller may see it. */
  describe(query: string, caller: RemotePeer): Promise<unknown>;
  /** Returns the service for a query of a peer. */
  resolve(query: string, caller: RemotePeer): Promise<BoundService>;
  readonly tasks: Pick<TaskRegistry<RemotePeer>, 'run'>;
  /** The node's middleware, in front of tasks. */
  readonly incomingChain: IncomingChain | undefined;
  /** Returns the identity for credentials; absent when the node does not authenticate. */
  readonly authenticate: Reauthenticate | undefined;
  /** Exposes a service of a peer on this node. */
  exposeFor(peer: RemotePeer, service: unknown): Promise<void>;
  concealFor(peer: RemotePeer, name: string, link: SystemLink): Promise<void>;
}

export function systemService(parts: SystemParts): SystemService {
  const { tasks, incomingChain } = parts;
  const authenticate = reauthentication(parts.authenticate);
  return bindSystem({
    query: async (link, [query]) => new ByReference((await parts.resolve(text(query), peerOf(link))).target),
    task: (link, [name, args], parent) =>
      tasks.run(text(name), peerOf(link), list(args), (run, given, info) =>
        // Middleware and observers see the task under its own name and with its own arguments.
        peerOf(link).node.dispatcher.run(parent.as(taskMember(info, incomingChain, run), [...given])),
      ),
    subscribe: ({ publisher }, [id, handle, pattern]) => publisher?.accept(integer(id), integer(handle), text(pattern)),
    unsubscribe: ({ publisher }, [id]) => publisher?.drop(integer(id)),
    answer,
    expose: (link, [service]) => parts.exposeFor(peerOf(link), service),
    conceal: (link, [name]) => parts.concealFor(peerOf(link), text(name), link),
    authenticate: (link, [credentials]) => authenticate(peerOf(link), link, credentials),
    step,
    describe: (link, [query]) => parts.describe(text(query), peerOf(link)),
  });
}

/** Returns the calling peer: links of a node belong to such peers. */
function peerOf({ owner }: SystemLink): RemotePeer {
  return owner as RemotePeer;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NetronError('invalid_argument', `expected an array, got ${described(value)}`);
  return value as unknown[];
}
