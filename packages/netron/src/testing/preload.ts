import * as parts from '../node/on-demand.js';
import * as semver from '../service/declare/semver.js';

/**
 * Loads the modules that nodes load on demand: loading takes real time, which must not be part of a simulated run.
 */
export async function preload(): Promise<void> {
  await Promise.all([...Object.values(parts), ...Object.values(semver)].map((load): Promise<unknown> => load()));
}
