import { loadRange } from '../service/declare/semver.js';
import { isVersion } from '../service/declare/service-name.js';
import { checkRange } from '../service/declare/version.js';

/** Chooses among the versions that are there. */
export type VersionFilter = (available: readonly string[]) => ReadonlySet<string>;

/**
 * Reads a range once, to be asked often. All versions in the range will do, so that the first node with a new one is not
 * flooded; without a range, or for `latest`, all of the highest major version that has a release.
 *
 * @throws NetronError `invalid_argument` for what is no version and no range
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
  const highest = Math.max(...released.map(major));
  return new Set(released.filter((version) => major(version) === highest));
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}
