import { hearPromise } from '../util/hear-promise.js';
import { groupsOf } from '../util/network.js';
import type { Trusts } from './client-address.js';

/**
 * Proxies whose `X-Forwarded-For` is trusted: their number in a row, with `true` for one; or their addresses and subnets, such as
 * `10.0.0.0/8`, `loopback`, `linklocal` or `uniquelocal`, in a list or separated by commas; or a function that is called for each address,
 * starting with the remote end of the connection, which is hop 0. A function that throws or returns a promise trusts nobody.
 */
export type TrustProxy = boolean | number | string | readonly string[] | Trusts;

/** A network: the first `bits` of an address. */
interface Subnet {
  readonly groups: readonly number[];
  readonly bits: number;
}

const named: { readonly [name: string]: readonly string[] } = {
  loopback: ['127.0.0.0/8', '::1'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** @throws TypeError when the option is wrong */
export function trustsOf(option: TrustProxy): Trusts {
  if (typeof option === 'function') return (address, hop) => trustedBy(option, address, hop);
  if (typeof option === 'boolean') return (_address, hop) => option && hop === 0;
  if (typeof option === 'number') {
    if (!Number.isInteger(option) || option < 0)
      throw new TypeError(`http.trustProxy must be a non-negative integer, not ${option}`);
    return (_address, hop) => hop < option;
  }
  if (typeof option !== 'string' && !Array.isArray(option)) {
    throw new TypeError(`http.trustProxy must be a boolean, a number, addresses or a function, not ${String(option)}`);
  }
  const places: readonly string[] = typeof option === 'string' ? option.split(',') : option;
  const subnets = places
    .flatMap((place) => (Object.hasOwn(named, place.trim()) ? (named[place.trim()] ?? []) : [place]))
    .map(subnetOf);
  return (address) => {
    const groups = groupsOf(address);
    return groups !== undefined && subnets.some((subnet) => isIn(groups, subnet));
  };
}

/** Calls the program's function. An entry that it cannot read, for instance text that a client wrote into the header, is not trusted. */
function trustedBy(trusts: Trusts, address: string, hop: number): boolean {
  try {
    const answer: unknown = trusts(address, hop);
    hearPromise(answer);
    return answer === true;
  } catch {
    return false;
  }
}

function subnetOf(text: string): Subnet {
  const [, address = '', length] = /^\s*([^\s/]+)(?:\/(\d{1,3}))?\s*$/.exec(text) ?? [];
  const groups = groupsOf(address);
  const all = address.includes(':') ? 128 : 32;
  const bits = length === undefined ? all : Number(length);
  if (groups === undefined || bits > all) {
    throw new TypeError(
      `http.trustProxy: invalid entry '${text}', expected an address, a subnet such as 10.0.0.0/8, or one of ${Object.keys(named).join(', ')}`,
    );
  }
  return { groups, bits: bits + 128 - all };
}

function isIn(groups: readonly number[], subnet: Subnet): boolean {
  return subnet.groups.every((group, index) => {
    const rest = Math.min(16, Math.max(0, subnet.bits - 16 * index));
    return (group ^ (groups[index] ?? 0)) >> (16 - rest) === 0;
  });
}
