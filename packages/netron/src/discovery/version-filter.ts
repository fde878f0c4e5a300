import { loadRange } from '../service/declare/semver.js';
import { isVersion } from '../service/declare/service-name.js';
import { checkRange } from '../service/declare/version.js';

/** Selects among available versions. */
export type VersionFilter = (available: readonly string[]) => ReadonlySet<string>;

/**
 * Compiles a range for repeated use. It selects all versions in the range, so that the first node with a new version is not
 * overloaded; without a range, or for `latest`, all versions of the highest major version that has a release.
 *
 * @throws NetronError `invalid_argument` for an invalid version or range
 */
export async function versionFilter(range: string | undefined): Promise<VersionFilter> {
  if (range === undefined || range === 'latest') return highestMajor;
  if (isVersion(range)) return (available) => new Set(available.filter((version) => version === range));
  await checkRange(range);
  const Range = await loadRange();
  const wanted = new Range(range);
  return (available) => new Set(available.filter((version) => wanted.test(version)));
}

function highestMajor(available: readonly string[]): ReadonlySet<string> {
  const released = available.filter((version) => isVersion(version) && !/^[\d.]+-/.test(version));
  const highest = released.reduce((most, version) => Math.max(most, major(version)), -1);
  return new Set(released.filter((version) => major(version) === highest));
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}
