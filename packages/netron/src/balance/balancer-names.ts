/** Names of the balancers that there are. */
export const balancerNames = [
  'p2c',
  'round-robin',
  'random',
  'least-connections',
  'weighted',
  'consistent-hash',
  'nearest',
] as const;

/** A balancer by its name. */
export type BalancerName = (typeof balancerNames)[number];

/** Whether a value is the name of a balancer. */
export const isBalancerName = (value: unknown): value is BalancerName => balancerNames.some((name) => name === value);
