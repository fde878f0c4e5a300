/** Options of a node that turn discovery on or off. */
interface DiscoveryWish {
  readonly discovery?: unknown;
  readonly discoveryEnabled?: boolean;
}

/** Whether the options of a node turn discovery on. Separate from the reading of the options, which is loaded only in that case. */
export function wantsDiscovery({ discovery, discoveryEnabled }: DiscoveryWish): boolean {
  const given = discovery ?? discoveryEnabled ?? false;
  if (given === false || discoveryEnabled === false) return false;
  return !(typeof given === 'object' && (given as { enabled?: unknown }).enabled === false);
}
