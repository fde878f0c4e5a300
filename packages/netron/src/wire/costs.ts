/**
 * What values cost of the budget of elements, besides the 1 that their container pays for each element: those whose
 * objects take far more memory than their bytes on the wire (A4). Writer and reader count alike.
 */
export const costs = {
  /** A Map or Set. */
  collection: 4,
  /** A typed array, ArrayBuffer or DataView. */
  array: 4,
  url: 8,
  error: 16,
  temporal: 4,
} as const;
