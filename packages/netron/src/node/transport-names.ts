/** Names that members may give in `transport`: receives the node's transports and edges, refuses members that name others. */
import type { MemberInfo } from '../middleware/member.js';
import { TransportRule } from '../service/declare/annotations.js';
import { type Transport, transportOf } from '../transport/transport.js';
import { described } from '../util/check.js';
import { nearestName } from '../util/nearest-name.js';

/**
 * Makes the check of members that are bound: one that names only what nobody comes by could never be called.
 *
 * @param edges names of the program's own edges, as their callers have them in `transport`
 * @returns throws a TypeError, with the nearest name, for a member that names what is neither
 * @throws TypeError when `edges` is no list of names
 */
export function transportNames(transports: readonly Pick<Transport, 'schemes'>[], edges: unknown = []): (member: MemberInfo) => void {
  if (!Array.isArray(edges)) throw new TypeError(`edges must be an array of names, not ${described(edges)}`);
  for (const edge of edges as unknown[])
    if (typeof edge !== 'string' || edge === '') throw new TypeError(`edges takes names such as 'queue', not ${described(edge)}`);
  // Peers tell their transport by the scheme of their address.
  const ofPeers = transports.flatMap(({ schemes }) => schemes.map((scheme) => transportOf(`${scheme}:`)));
  const known = [...new Set(['http', ...ofPeers, ...(edges as string[]), 'local'])];
  return (member) => {
    const unknown = member.annotation(TransportRule)?.find((name) => !known.includes(name));
    if (unknown === undefined) return;
    const likely = nearestName(unknown, known);
    const instead = likely === undefined ? `, only ${known.join(', ')}, and what the option edges names` : `; did you mean '${likely}'?`;
    throw new TypeError(`${member.service}.${member.name}: there is no transport '${unknown.slice(0, 64)}'${instead}`);
  };
}
