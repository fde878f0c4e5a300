import { hostAddresses } from '#platform';
import { isLoopback } from '../util/loopback.js';
import { schemeOf } from './node-info.js';
import { recordLimits } from './read-record.js';

/**
 * Addresses of a node as others shall use them: loopback as `localhost`, listeners on all interfaces as the addresses of this
 * machine.
 *
 * @param listening addresses the node listens on
 */
export function advertisedAddresses(listening: readonly string[]): string[] {
  return listening.flatMap(addressesOf).slice(0, recordLimits.addresses);
}

function addressesOf(address: string): string[] {
  const [, start, host, rest] = /^([a-z][a-z0-9+.-]*:\/\/)(\[[^\]]*\]|[^/:]*)(.*)$/.exec(address) ?? [];
  if (host === undefined) return [address];
  if (isLoopback(host)) return [`${start}localhost${rest}`];
  if (host !== '0.0.0.0' && host !== '[::]') return [address];
  const own = hostAddresses().filter((own) => host === '[::]' || !own.includes(':'));
  return (own.length > 0 ? own : ['localhost']).map((own) => `${start}${own.includes(':') ? `[${own}]` : own}${rest}`);
}

const withinMachine: ReadonlySet<string> = new Set(['unix', 'pipe', 'memory', 'ipc']);

/** Returns the addresses that other machines can use. */
export function networkAddresses(addresses: readonly string[]): string[] {
  return addresses.filter((address) => !withinMachine.has(schemeOf(address)));
}
