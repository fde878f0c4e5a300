/**
 * Version skew: compares the version of a service that a caller knows with the one that answers, and explains a call that fails
 * because of the difference by naming the end that is outdated.
 */
import { SkewError } from '../../errors/named-errors.js';
import { NetronError } from '../../errors/netron-error.js';
import { outcomeOf, withOutcome } from '../../errors/outcome.js';

/** Difference between the versions of a service at both ends. */
export interface Skew {
  readonly service: string;
  /** Version as the caller knows it; over HTTP `<version>;<fingerprint>`. */
  readonly caller: string;
  /** Version that the server has, in the same form. */
  readonly server: string;
  /** The end with the lower version; `undefined` when both state the same version. */
  readonly older: 'caller' | 'server' | undefined;
}

/** Compares the versions at both ends. */
export function skewBetween(service: string, caller: string, server: string): Skew {
  const order = compare(versionOf(caller), versionOf(server));
  return { service, caller, server, older: order === 0 ? undefined : order < 0 ? 'caller' : 'server' };
}

/** Codes of failures that a different version can explain. */
const explained = ['not_found', 'invalid_argument', 'unimplemented'];

/** Returns the error of a call, explained by the skew if that can be its cause; any other error is returned unchanged. */
export function explain(error: unknown, skew: Skew | undefined): unknown {
  if (skew === undefined || !(error instanceof NetronError) || !explained.includes(error.code)) return error;
  // An error that the method itself has thrown has another cause.
  if (outcomeOf(error) !== 'not_run') return error;
  const { service, caller, server, older } = skew;
  const old = older === undefined ? 'one of them is outdated' : `the ${older} is outdated`;
  const message = `${service}: the caller expects ${versionOf(caller)}, the server has ${versionOf(server)}: ${old} (${error.message})`;
  return withOutcome(new SkewError(message, { details: { ...skew, older: older ?? null }, cause: error }), 'not_run');
}

function versionOf(contract: string): string {
  return contract.split(';')[0] ?? '';
}

/** Compares two versions by their numbers, without prerelease and build parts. */
function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[-+]/)[0]!.split('.').map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (a![at] ?? 0) - (b![at] ?? 0);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}
