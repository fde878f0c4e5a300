/** Start of a node's discovery: loaded by nodes that use it. */
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import { advertisedAddresses } from './advertise.js';
import type { BackendListener } from './backend.js';
import { claim } from './claim.js';
import { Discovery } from './discovery.js';
import type { NodeInfo } from './node-info.js';
import { type DiscoveryNodeOptions, readDiscovery } from './options.js';
import { recordLimits } from './read-record.js';

/** Members of a node that discovery uses. */
export interface DiscoverableNode {
  readonly id: string;
  /** Id of its run, as the node's handshake states it. */
  readonly instance: string;
  /** Start of its run, in milliseconds since 1970. */
  readonly started: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly schemes: ReadonlySet<string>;
  /** Addresses on which it listens and that registries should list. */
  addresses(): readonly string[];
  /** Its services as `name@version`. */
  services(): readonly string[];
  /** Whether it is about to stop. */
  draining(): boolean;
  /** Whether a node certainly exists: this one, and connected ones. */
  connected(id: string): boolean;
  listen(transport: string, at: string): Promise<BackendListener>;
}

/**
 * Makes and starts discovery; returns `undefined` when it is off.
 *
 * @param startTimeout milliseconds that registries have to answer
 * @param made called before the registries are queried, because the node may already receive and make calls
 * @throws errors of `readDiscovery`; NetronError `failed_precondition` for a backend that belongs to another node; with `required`, also
 *   the error of a registry that cannot be reached
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

/** Characters reserved in a record for additions of registries: a signature, a socket. */
const added = 1_024;

/** Returns the function that omits the services from a description that would be too long: other nodes learn them by connecting. */
function fitting(logger: Logger): (own: NodeInfo) => NodeInfo {
  let warned = false;
  return (own) => {
    const { services = [], ...rest } = own;
    if (services.length === 0) return own;
    // An estimate, because this runs often: names need no escapes in JSON.
    const length = services.reduce((sum, name) => sum + name.length + 3, JSON.stringify(rest).length);
    if (services.length <= recordLimits.services && length <= recordLimits.size - added) return own;
    if (!warned)
      logger.warn(
        { services: services.length },
        'discovery: this node has too many services for its record and is announced without them',
      );
    warned = true;
    return rest;
  };
}
