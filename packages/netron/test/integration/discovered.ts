/** Nodes that find each other through a registry of this process, on virtual time. */
import { MemoryRegistry, memoryDiscovery } from '../../src/discovery.js';
import { MemoryNetwork, MemoryTransport, Netron, type NetronOptions, Public, Service } from '../../src/index.js';
import './loaded.js';
import { quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

/** A service of the nodes. */
@Service('userService@1.0.0')
export class UserService {
  @Public() getUser(id: string) {
    return { id };
  }
}

/**
 * A registry, a network and a clock; nodes are stopped at the end.
 *
 * @param common options that all nodes have
 */
export function discovered(common: NetronOptions = {}) {
  const registry = new MemoryRegistry();
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const nodes: Netron[] = [];
  const create = async (id: string, options: NetronOptions = {}) => {
    const node = await Netron.create({
      id,
      clock,
      logger: quiet,
      transports: { memory: { name: id } },
      additionalTransports: [new MemoryTransport(network)],
      discovery: { backend: memoryDiscovery(registry), interval: 1_000 },
      ...common,
      ...options,
    });
    nodes.push(node);
    return node;
  };
  return {
    registry,
    clock,
    network,
    create,
    ids: async ({ discovery }: Netron) => (await discovery.getActiveNodes()).map(({ id }) => id).sort(),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.stop({ timeout: 0 })));
    },
  };
}
