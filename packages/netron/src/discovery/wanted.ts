import type { DiscoveryNodeOptions } from './options.js';

/** Whether options of a node ask for discovery. Apart from their reading, which is loaded only then. */
export function wantsDiscovery({ discovery, discoveryEnabled }: DiscoveryNodeOptions): boolean {
  const given = discovery ?? discoveryEnabled ?? false;
  if (given === false || discoveryEnabled === false) return false;
  return !(typeof given === 'object' && 'enabled' in given && given.enabled === false);
}
