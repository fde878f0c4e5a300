/** The header `Netron-Contract`: compares the version of a service that the caller knows with the served one. */
import type { BoundService } from '../service/call/bound-service.js';
import { type Skew, skewBetween } from '../service/call/skew.js';
import { manifestOf } from '../service/describe.js';

/** Returns the version of a service in the form of the header. */
export function contractOf(service: BoundService): string {
  const { version, fingerprint } = manifestOf(service);
  return `${version};${fingerprint}`;
}

/** Compares the version that a caller knows with the service; `undefined` when they are equal or the caller sent none. */
export function skewOf(contract: string | undefined, service: BoundService): Skew | undefined {
  if (contract === undefined || contract.length > 256) return undefined;
  const server = contractOf(service);
  return contract === server ? undefined : skewBetween(service.definition.name, contract, server);
}
