import { checkOptions, type OptionNames } from '../util/option-names.js';
import type { BackendHost, DiscoveryBackend } from './backend.js';
import type { NodeInfo } from './node-info.js';
import { checkDescription } from './read-record.js';

/** A node that is always there: an address, or more of what is known of it. */
export type StaticNode = string | (Partial<NodeInfo> & { readonly address?: string });

const names: OptionNames<Exclude<StaticNode, string>> = {
  address: true,
  id: true,
  instance: true,
  started: true,
  addresses: true,
  status: true,
  services: true,
  region: true,
  zone: true,
  labels: true,
  weight: true,
  version: true,
  load: true,
};

/**
 * A registry that is a list in the program's configuration. What is not said of a node is learnt from its connection.
 *
 * @throws TypeError for an entry without an address, or with a property that is not known or cannot be
 */
export function staticDiscovery(nodes: readonly StaticNode[]): DiscoveryBackend {
  const records = nodes.map(recordOf);
  let host: BackendHost | undefined;
  const tell = (): void => host?.view.replace(records);
  return {
    name: 'static',
    trusted: true,
    async start(given) {
      host = given;
      tell();
    },
    announce() {},
    async refresh() {
      tell();
    },
    async stop() {
      host = undefined;
    },
  };
}

function recordOf(given: StaticNode): NodeInfo {
  if (typeof given !== 'string') checkOptions('staticDiscovery', given, names);
  const { address, ...node } = typeof given === 'string' ? { address: given } : given;
  const addresses = node.addresses ?? (address === undefined ? [] : [address]);
  const first = addresses[0];
  if (first === undefined) throw new TypeError('staticDiscovery: each node needs an address');
  checkDescription('staticDiscovery', { ...node, addresses });
  return { id: first, instance: first, started: 0, status: 'up', labels: {}, weight: 1, ...node, addresses };
}
