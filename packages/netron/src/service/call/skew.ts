/**
 * Versions of a service at both ends: receives the version that a caller knows and the one that answers, and says of a call that
 * fails for the difference who is old.
 */
import { SkewError } from '../../errors/named-errors.js';
import { NetronError } from '../../errors/netron-error.js';
import { outcomeOf, withOutcome } from '../../errors/outcome.js';

/** Difference of the versions of a service that both ends know. */
export interface Skew {
  readonly service: string;
  /** Version as the caller knows it; over HTTP `<version>;<fingerprint>`. */
  readonly caller: string;
  /** The same as the server has it. */
  readonly server: string;
  /** The end with the lower version; `undefined` when both call it the same. */
  readonly older: 'caller' | 'server' | undefined;
}

/** Compares what both ends know. */
export function skewBetween(service: string, caller: string, server: string): Skew {
  const order = compare(versionOf(caller), versionOf(server));
  return { service, caller, server, older: order === 0 ? undefined : order < 0 ? 'caller' : 'server' };
}

/** Codes of failures that another version explains. */
const explained = ['not_found', 'invalid_argument', 'unimplemented'];

/** Makes of a failure what it comes from: calls that fit are not touched, nor failures that have another reason. */
export function explain(error: unknown, skew: Skew | undefined): unknown {
  if (skew === undefined || !(error instanceof NetronError) || !explained.includes(error.code)) return error;
  // What the method itself has said of its arguments is its own affair.
  if (outcomeOf(error) !== 'not_run') return error;
  const { service, caller, server, older } = skew;
  const old = older === undefined ? 'one of both is old' : `the ${older} is old`;
  const message = `${service}: the caller knows ${versionOf(caller)}, the server has ${versionOf(server)}: ${old} (${error.message})`;
  return withOutcome(new SkewError(message, { details: { ...skew, older: older ?? null }, cause: error }), 'not_run');
}

function versionOf(contract: string): string {
  return contract.split(';')[0] ?? '';
}

/** Compares two versions by their numbers. */
function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[-+]/)[0]!.split('.').map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (a![at] ?? 0) - (b![at] ?? 0);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}
