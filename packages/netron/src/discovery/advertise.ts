import { hostAddresses } from '#platform';
import { isLoopback } from '../util/loopback.js';
import { schemeOf } from './node-info.js';
import { recordLimits } from './read-record.js';

/**
 * Returns the addresses that others should use for a node: loopback as `localhost`, and a listener on all interfaces as the addresses of
 * this machine. The number is limited, and no listener takes all places: the first address of each comes before the second of any.
 *
 * @param listening addresses the node listens on
 * @param hosts returns the addresses of this machine
 */
export function advertisedAddresses(listening: readonly string[], hosts = hostAddresses): string[] {
  const all = listening.map((address) => addressesOf(address, hosts));
  const most = Math.max(0, ...all.map(({ length }) => length));
  const inTurn = Array.from({ length: most }, (_, nth) => all.flatMap((addresses) => addresses.slice(nth, nth + 1)));
  return inTurn.flat().slice(0, recordLimits.addresses);
}

function addressesOf(address: string, hosts: () => readonly string[]): string[] {
  const [, start, host, rest] = /^([a-z][a-z0-9+.-]*:\/\/)(\[[^\]]*\]|[^/:]*)(.*)$/.exec(address) ?? [];
  if (host === undefined) return [address];
  if (isLoopback(host)) return [`${start}localhost${rest}`];
  if (host !== '0.0.0.0' && host !== '[::]') return [address];
  const own = hosts().filter((own) => host === '[::]' || !own.includes(':'));
  return (own.length > 0 ? own : ['localhost']).map((own) => `${start}${own.includes(':') ? `[${own}]` : own}${rest}`);
}

const withinMachine: ReadonlySet<string> = new Set(['unix', 'pipe', 'memory', 'ipc']);

/** Returns the addresses that other machines can use. */
export function networkAddresses(addresses: readonly string[]): string[] {
  return addresses.filter((address) => !withinMachine.has(schemeOf(address)));
}
