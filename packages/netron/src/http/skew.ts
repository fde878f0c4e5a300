/** The header `Netron-Contract`: what a caller knows of a service, compared with the service. */
import type { BoundService } from '../service/call/bound-service.js';
import { type Skew, skewBetween } from '../service/call/skew.js';
import { manifestOf } from '../service/describe.js';

/** Writes the version of a service as the header has it. */
export function contractOf(service: BoundService): string {
  const { version, fingerprint } = manifestOf(service);
  return `${version};${fingerprint}`;
}

/** Compares what a caller says it knows with the service; `undefined` when it is the same, or it says nothing. */
export function skewOf(contract: string | undefined, service: BoundService): Skew | undefined {
  if (contract === undefined || contract.length > 256) return undefined;
  const server = contractOf(service);
  return contract === server ? undefined : skewBetween(service.definition.name, contract, server);
}
