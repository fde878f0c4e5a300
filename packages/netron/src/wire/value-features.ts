/**
 * Value types beyond the base of the protocol. An end names in `hello` those it reads; a writer refuses the others with
 * their path. Each is one bit, so that a set of them is one number.
 */
export const valueFeatures = {
  /** Cut surrogates, holes, RegExp, URLSearchParams, Headers, boxed primitives, registered types, URLs with spaces. */
  values: 1,
  /** The runtime has Temporal. */
  temporal: 2,
  /** The runtime has Float16Array. */
  float16: 4,
  /** The node accepts cycles and shared references (option `cycles`). */
  graphs: 8,
  /** Results of calls under way, as arguments of others (no type of plain data). */
  results: 32,
  /** Writable streams. */
  writable: 64,
  /** Errors say whether the method ran (no type of values, but a flag of their packet). */
  outcome: 16,
  /** Calls name the trace of the one before them (no type of values, but a field of their header). */
  traces: 128,
  /** Errors say that nobody knows whether the method ran (no type of values, but a flag of their packet). */
  doubt: 256,
} as const;

/** All of them but cycles, which both ends have to ask for: a writer that knows of no receiver. */
export const allFeatures = 503;

const bitsByName = Object.entries(valueFeatures);

/** The bits of the features that `names` holds; other names are ignored. */
export function featureBits(names: readonly string[]): number {
  let bits = 0;
  for (const [name, bit] of bitsByName) if (names.includes(name)) bits |= bit;
  return bits;
}

/** Names of the types of values that this runtime reads. Looked up each time, since a polyfill may have been loaded in between. */
export function readableFeatures(): string[] {
  const global = globalThis as { Temporal?: unknown; Float16Array?: unknown };
  const names = ['values'];
  if (global.Temporal !== undefined) names.push('temporal');
  if (global.Float16Array !== undefined) names.push('float16');
  return names;
}

/** The features that a writer may use: what the receiver names, but cycles only when both ends do. */
export function sharedFeatures(local: readonly string[], remote: readonly string[]): number {
  const bits = featureBits(remote);
  return local.includes('graphs') ? bits : bits & ~valueFeatures.graphs;
}
