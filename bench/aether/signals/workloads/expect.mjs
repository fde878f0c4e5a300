/** Throws unless a workload has come to its answer. */
export function expectSame(got, expected, what) {
  if (got !== expected) throw new Error(`${what}: expected ${expected}, got ${got}`);
}
