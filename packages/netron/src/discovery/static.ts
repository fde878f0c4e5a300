import { checkOptions, type OptionNames } from '../util/option-names.js';
import type { BackendHost, DiscoveryBackend } from './backend.js';
import type { NodeInfo } from './node-info.js';
import { checkDescription } from './read-record.js';

/** A node that always exists: its address, or a description. */
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
 * Makes a registry from a list in the program's configuration. Missing facts about a node become known by connecting.
 *
 * @throws TypeError for an entry without an address, or with an unknown or invalid property
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
  if (first === undefined) throw new TypeError('staticDiscovery: each node must have an address');
  checkDescription('staticDiscovery', { ...node, addresses });
  return { id: first, instance: first, started: 0, status: 'up', labels: {}, weight: 1, ...node, addresses };
}
