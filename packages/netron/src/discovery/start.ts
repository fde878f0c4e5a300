/** Starts discovery for a node. Loaded by nodes that ask for it. */
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import { advertisedAddresses } from './advertise.js';
import type { BackendListener } from './backend.js';
import { claim } from './claim.js';
import { Discovery } from './discovery.js';
import type { NodeInfo } from './node-info.js';
import { type DiscoveryNodeOptions, readDiscovery } from './options.js';
import { recordLimits } from './read-record.js';

/** A node, as far as discovery looks at it. */
export interface DiscoverableNode {
  readonly id: string;
  /** Name of its run, as it calls itself when it greets others. */
  readonly instance: string;
  /** Begin of its run, in milliseconds since 1970. */
  readonly started: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly schemes: ReadonlySet<string>;
  /** Addresses that it listens at, as far as registries name them. */
  addresses(): readonly string[];
  /** Its services as `name@version`. */
  services(): readonly string[];
  /** Whether it is about to stop. */
  draining(): boolean;
  /** Whether a node is there for certain: this one, and those that are connected. */
  connected(id: string): boolean;
  listen(transport: string, at: string): Promise<BackendListener>;
}

/**
 * Makes and starts discovery; `undefined` when it is off.
 *
 * @param startTimeout milliseconds that registries have to answer
 * @param made called before registries are asked: the node may be called already, and calls others
 * @throws what `readDiscovery` throws; `failed_precondition` for a backend that belongs to another node; with `required` also what keeps a registry from being reached
 */
export async function startDiscovery(
  node: DiscoverableNode,
  options: DiscoveryNodeOptions,
  startTimeout: number,
  made: (discovery: Discovery) => void = () => {},
): Promise<Discovery | undefined> {
  const read = await readDiscovery(options, node);
  if (read === undefined) return undefined;
  const { settings, description, advertise } = read;
  for (const backend of settings.backends) claim(backend, node, 'registry');
  const fits = fitting(node.logger);
  const own = (): NodeInfo =>
    fits({
      id: node.id,
      instance: node.instance,
      started: node.started,
      addresses: advertise ?? advertisedAddresses(node.addresses()),
      status: node.draining() ? 'draining' : 'up',
      services: node.services(),
      labels: {},
      weight: 1,
      ...description,
    });
  const { clock, random, logger, schemes } = node;
  const discovery = new Discovery(
    {
      clock,
      random,
      logger,
      schemes,
      own,
      connected: (id) => node.connected(id),
      listen: (transport, at) => node.listen(transport, at),
    },
    { ...settings, startTimeout },
  );
  made(discovery);
  try {
    await discovery.start();
  } catch (error) {
    await discovery.stop();
    throw error;
  }
  return discovery;
}

/** Characters of a record for what registries add to it: a signature, a socket. */
const added = 1_024;

/** Returns the function that leaves the services out of a description that others would refuse for them: they learn them by connecting. */
function fitting(logger: Logger): (own: NodeInfo) => NodeInfo {
  let told = false;
  return (own) => {
    const { services = [], ...rest } = own;
    if (services.length === 0) return own;
    // Asked for often: names need no escapes.
    const length = services.reduce((sum, name) => sum + name.length + 3, JSON.stringify(rest).length);
    if (services.length <= recordLimits.services && length <= recordLimits.size - added) return own;
    if (!told)
      logger.warn(
        { services: services.length },
        'discovery: the services of this node are too many for its record; it is announced without them',
      );
    told = true;
    return rest;
  };
}
