/** Explains why the nodes of a service are called or not, also in the error for a caller that has waited in vain. */
import type { NodeUse } from '../discovery/explain.js';
import { NetronError } from '../errors/netron-error.js';
import type { Choice } from './candidates.js';
import type { Endpoint } from './endpoint.js';
import type { Selection } from './selection.js';

/** Maximum number of nodes that an error lists. */
const maxListed = 8;

/** Returns every node that has the service, with the reason why it is called or not. */
export function usesOf(
  choices: readonly Choice[],
  endpoints: ReadonlyMap<string, Endpoint>,
  selection: Selection,
  now: number,
): NodeUse[] {
  return choices.map(({ node: { id }, reason }) => {
    const endpoint = endpoints.get(id);
    const why = reason ?? (endpoint === undefined ? 'it is being connected' : selection.reasonAgainst(endpoint, now));
    return { node: id, used: why === undefined, reason: why ?? selection.remark(endpoint, now) };
  });
}

/** Returns the error for a caller that has waited in vain for a node. */
export function nobodyServes(query: string, choices: readonly Choice[], endpoints: ReadonlyMap<string, Endpoint>): NetronError {
  const known = choices.map(({ node: { id }, reason }) => `${id}: ${reason ?? endpoints.get(id)?.reason ?? 'ready'}`);
  const says = known.length === 0 ? 'no known node has it' : known.slice(0, maxListed).join('; ');
  return new NetronError('unavailable', `no node serves '${query}' (${says})`);
}
