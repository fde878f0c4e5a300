/** Options of a node that decide about discovery. */
interface DiscoveryWish {
  readonly discovery?: unknown;
  readonly discoveryEnabled?: boolean;
}

/** Whether options of a node ask for discovery. Apart from their reading, which is loaded only then. */
export function wantsDiscovery({ discovery, discoveryEnabled }: DiscoveryWish): boolean {
  const given = discovery ?? discoveryEnabled ?? false;
  if (given === false || discoveryEnabled === false) return false;
  return !(typeof given === 'object' && (given as { enabled?: unknown }).enabled === false);
}
