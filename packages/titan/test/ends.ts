/** What a test has begun, the last to be ended first. */
export const ends: (() => unknown)[] = [];

/** Ends everything that a test has begun: `afterEach(endAll)`. */
export async function endAll(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}
