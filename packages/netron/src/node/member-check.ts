/** Checks of the members that a node serves: refuses rules that no transport, edge or HTTP route of the node can satisfy. */
import type { MemberInfo } from '../middleware/member.js';
import { TransportRule } from '../service/declare/annotations.js';
import { checkHttpMethod } from '../service/declare/http-method.js';
import { type Transport, transportOf } from '../transport/transport.js';
import { described } from '../util/check.js';
import { nearestName } from '../util/nearest-name.js';

/**
 * Makes the check of members that are bound. It throws a TypeError for a member whose rule `transport` names an unknown transport, with
 * the nearest known name, and for a member that is called by PUT or DELETE but is neither idempotent nor safe.
 *
 * @param edges names of the program's own edges, as their callers have them in `transport`
 * @throws TypeError when `edges` is not a list of names
 */
export function memberCheck(
  transports: readonly Pick<Transport, 'schemes'>[],
  edges: unknown = [],
): (member: MemberInfo) => void {
  if (!Array.isArray(edges)) throw new TypeError(`edges must be an array of names, not ${described(edges)}`);
  for (const edge of edges as unknown[])
    if (typeof edge !== 'string' || edge === '')
      throw new TypeError(`edges must contain names such as 'queue', not ${described(edge)}`);
  // A peer's `transport` is derived from the scheme of its address.
  const ofPeers = transports.flatMap(({ schemes }) => schemes.map((scheme) => transportOf(`${scheme}:`)));
  const known = [...new Set(['http', ...ofPeers, ...(edges as string[]), 'local'])];
  return (member) => {
    checkHttpMethod(member);
    const unknown = member.annotation(TransportRule)?.find((name) => !known.includes(name));
    if (unknown === undefined) return;
    const likely = nearestName(unknown, known);
    const instead =
      likely === undefined ? `; known: ${known.join(', ')}, and those of the option edges` : `; did you mean '${likely}'?`;
    throw new TypeError(`${member.service}.${member.name}: unknown transport '${unknown.slice(0, 64)}'${instead}`);
  };
}
