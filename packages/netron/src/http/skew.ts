/**
 * Versions of a service at both ends: receives what a caller says it knows of a service, compares it with the service, and
 * says of a call that fails for it who is old.
 */

import { SkewError } from '../errors/named-errors.js';
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf, withOutcome } from '../errors/outcome.js';
import type { BoundService } from '../service/call/bound-service.js';
import { manifestOf } from './describe.js';

/** Difference of the versions of a service that both ends know. */
export interface Skew {
  readonly service: string;
  /** `<version>;<fingerprint>` as the caller has it. */
  readonly caller: string;
  /** The same as the server has it. */
  readonly server: string;
  /** The end with the lower version; `undefined` when both call it the same. */
  readonly older: 'caller' | 'server' | undefined;
}

/** Writes the version of a service as the header `Netron-Contract` has it. */
export function contractOf(service: BoundService): string {
  const { version, fingerprint } = manifestOf(service);
  return `${version};${fingerprint}`;
}

/** Compares what a caller says it knows with the service; `undefined` when it is the same, or it says nothing. */
export function skewOf(contract: string | undefined, service: BoundService): Skew | undefined {
  if (contract === undefined || contract.length > 256) return undefined;
  const server = contractOf(service);
  if (contract === server) return undefined;
  const order = compare(contract.split(';')[0] ?? '', service.definition.version);
  const older = order === 0 ? undefined : order < 0 ? 'caller' : 'server';
  return { service: service.definition.name, caller: contract, server, older };
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
  const [called = '', served = ''] = [caller, server].map((contract) => contract.split(';')[0] ?? '');
  const message = `${service}: the caller knows ${called}, the server has ${served}: ${old} (${error.message})`;
  return withOutcome(new SkewError(message, { details: { ...skew, older: older ?? null }, cause: error }), 'not_run');
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
