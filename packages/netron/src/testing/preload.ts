import * as parts from '../node/on-demand.js';
import * as semver from '../service/declare/semver.js';

/**
 * Loads the modules that nodes load when they are first needed: loading takes real time, which is none of a simulated run.
 */
export async function preload(): Promise<void> {
  await Promise.all([...Object.values(parts), ...Object.values(semver)].map((load): Promise<unknown> => load()));
}
