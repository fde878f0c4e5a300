/**
 * Loads the modules that nodes load when they are first needed: loading takes real time, which is none of a simulated run.
 */
export async function preload(): Promise<void> {
  await Promise.all([
    import('../cluster/cluster.js'),
    import('../cluster/cluster-events.js'),
    import('../discovery/start.js'),
    import('semver/classes/range.js'),
    import('semver/ranges/valid.js'),
    import('semver/ranges/max-satisfying.js'),
    import('semver/functions/rcompare.js'),
    import('semver/functions/compare.js'),
  ]);
}
