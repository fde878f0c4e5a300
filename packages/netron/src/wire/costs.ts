/**
 * Costs of values in the budget of elements, in addition to the 1 that their container counts for each: values whose objects take far more
 * memory than their bytes on the wire. Writer and reader count alike.
 */
export const costs = {
  /** A Uint8Array. */
  binary: 1,
  /** A Map or Set. */
  collection: 4,
  /** A typed array, ArrayBuffer or DataView. */
  array: 4,
  url: 8,
  error: 16,
  temporal: 4,
  regexp: 16,
  boxed: 2,
  /** URLSearchParams or Headers. */
  list: 16,
  /** Each of their names and values, in addition to 1. */
  listText: 3,
  /** An instance of a registered class. */
  registered: 4,
} as const;

/**
 * Returns the additional cost of a key of a Map or an element of a Set. Engines hash numbers with a known function, so that a peer can
 * choose many that collide: 20,000 take 0.7 s, BigInts 1.5 s. A message may contain at most 4,096 or 2,048 of them (`maxCostly`).
 */
export function hashCost(key: unknown): number {
  return typeof key === 'number' ? 15 : typeof key === 'bigint' ? 31 : 0;
}
