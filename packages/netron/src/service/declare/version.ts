import { NetronError } from '../../errors/netron-error.js';
import { loadMaxSatisfying, loadReverseCompare, loadValidRange } from './semver.js';
import { isServiceName, isVersion, noVersionBehind, splitServiceName } from './service-name.js';

/** Query of a caller: a service and the accepted versions. */
export interface ServiceQuery {
  readonly name: string;
  /** An exact version, a range as in package.json, or `latest`; `undefined`: the highest version. */
  readonly range: string | undefined;
}

const longestRange = 128;

/**
 * Parses the query of a caller. The text is untrusted: it is only compared, and never used as a regular expression.
 *
 * @param text `calc`, `calc@1.0.0`, `calc@^1.0.0`, `calc@>=1 <3`, `calc@latest`, `calc@*`
 * @throws NetronError `not_found` when no service can have that name, `invalid_argument` when no text follows the `@`
 * @throws TypeError for a value that is not a string
 */
export function parseServiceName(text: string): ServiceQuery {
  const { name, suffix } = splitServiceName(text);
  if (!isServiceName(name)) throw new NetronError('not_found', `no service '${name.slice(0, 128)}'`);
  const range = suffix?.trim();
  if (range === '') throw new NetronError('invalid_argument', noVersionBehind(name));
  return { name, range };
}

/**
 * Refuses an invalid version or range, whether or not the service exists.
 *
 * @throws NetronError `invalid_argument`
 */
export async function checkRange(range: string | undefined): Promise<void> {
  if (range === undefined || range === 'latest' || isVersion(range)) return;
  if (range.length <= longestRange && range.trim() !== '') {
    const validRange = await loadValidRange();
    if (validRange(range) !== null) return;
  }
  throw new NetronError(
    'invalid_argument',
    `invalid version or range '${range.slice(0, longestRange)}': expected for instance 1.2.3, ^1.0.0, '>=1 <3' or latest`,
  );
}

/**
 * Selects the version that serves a request: the highest in the range, by the rules of npm's `semver`. A prerelease is
 * selected only by a range that names one.
 *
 * @param available exact versions
 * @param range as in `ServiceQuery`
 * @returns one of `available`, or `undefined` when none fits or `range` is invalid
 */
export async function resolveVersion(available: readonly string[], range: string | undefined): Promise<string | undefined> {
  if (range === undefined || range === 'latest' || range === '*') return highest(available);
  if (available.includes(range)) return range;
  // The exact version is not available. With build metadata, which comparison ignores, another one might be equal to it.
  if (isVersion(range) && !range.includes('+') && !available.some((version) => version.includes('+'))) return undefined;
  if (range.length > longestRange) return undefined;
  const maxSatisfying = await loadMaxSatisfying();
  return maxSatisfying(available, range) ?? undefined;
}

async function highest(available: readonly string[]): Promise<string | undefined> {
  const released = available.filter((version) => !/^[\d.]+-/.test(version));
  if (released.length < 2) return released[0];
  const compare = await loadReverseCompare();
  return released.sort(compare)[0];
}
