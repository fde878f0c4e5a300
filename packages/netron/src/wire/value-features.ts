/**
 * Value types beyond the base protocol. An end announces in the `hello` those that it reads; a writer refuses the others with their path.
 * Each is one bit, so that a set of them is one number.
 */
export const valueFeatures = {
  /** Unpaired surrogates, holes, RegExp, URLSearchParams, Headers, boxed primitives, registered types, URLs with spaces. */
  values: 1,
  /** The runtime has Temporal. */
  temporal: 2,
  /** The runtime has Float16Array. */
  float16: 4,
  /** The node accepts cycles and shared references (option `cycles`). */
  graphs: 8,
  /** Results of pending calls as arguments of other calls (not a type of plain data). */
  results: 32,
  /** Writable streams. */
  writable: 64,
  /** Errors tell whether the method ran (not a value type, but a flag of their packet). */
  outcome: 16,
  /** Calls refer to the trace of the one before them (not a value type, but a field of their header). */
  traces: 128,
  /** Errors tell that it is unknown whether the method ran (not a value type, but a flag of their packet). */
  doubt: 256,
} as const;

/** All features but cycles, which both ends must enable: for a writer without a known receiver. */
export const allFeatures = 503;

const bitsByName = Object.entries(valueFeatures);

/** Returns the bits of the features in `names`; unknown names are ignored. */
export function featureBits(names: readonly string[]): number {
  let bits = 0;
  for (const [name, bit] of bitsByName) if (names.includes(name)) bits |= bit;
  return bits;
}

/**
 * Returns the names of the value types that this runtime reads. Looked up on each call, since a polyfill may have been loaded in between.
 */
export function readableFeatures(): string[] {
  const global = globalThis as { Temporal?: unknown; Float16Array?: unknown };
  const names = ['values'];
  if (global.Temporal !== undefined) names.push('temporal');
  if (global.Float16Array !== undefined) names.push('float16');
  return names;
}

/** Returns the features that a writer may use: those that the receiver announces, but cycles only when both ends do. */
export function sharedFeatures(local: readonly string[], remote: readonly string[]): number {
  const bits = featureBits(remote);
  return local.includes('graphs') ? bits : bits & ~valueFeatures.graphs;
}
