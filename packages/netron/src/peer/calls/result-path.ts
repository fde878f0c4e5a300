/** Resolves the path of a pipelined call in a result. It reaches only what the caller could reach after awaiting the result. */
import { NetronError } from '../../errors/netron-error.js';
import { plainMember } from '../../middleware/member.js';
import type { IncomingChain } from '../../service/call/bound-service.js';
import { type BoundMember, type BoundService, bindMember } from '../../service/call/bound-service.js';

/** Returns the public members of an object or function, if it has any. */
export type Bind = (target: object) => BoundService | undefined;

/**
 * Returns the member at `path` in `result`: public members of services, or own properties of plain data.
 *
 * @param call whether the last name is called; otherwise it is read
 * @param incomingChain middleware for reading plain data
 * @throws NetronError `not_found`
 */
export function memberAt(
  result: unknown,
  path: readonly string[],
  call: boolean,
  bind: Bind,
  incomingChain: IncomingChain | undefined,
): BoundMember {
  let owner = result;
  for (const name of path.slice(0, -1)) owner = read(owner, name, bind);
  const name = path[path.length - 1] ?? '';
  const member = typeof owner === 'object' && owner !== null ? bind(owner)?.byName.get(name) : undefined;
  if (member !== undefined && (call || member.kind === 'property')) return member;
  const value = read(owner, name, bind);
  if (call) {
    if (typeof value === 'function') return bind(value)?.members[0] as BoundMember;
    throw missing(name);
  }
  return bindMember(resultDefinition, resultProperty, () => value, incomingChain, path.join('.'));
}

const resultDefinition = Object.freeze({ name: 'result', version: '0.0.0', members: [] });
/** Member for the fields of results, whose names are known only from the calls. */
const resultProperty = plainMember('result', '*', 'property');

function read(owner: unknown, name: string, bind: Bind): unknown {
  if (typeof owner !== 'object' || owner === null) throw missing(name);
  if (bind(owner) !== undefined) throw missing(name);
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor === undefined || !('value' in descriptor) || !descriptor.enumerable) throw missing(name);
  return descriptor.value;
}

function missing(name: string): NetronError {
  return new NetronError('not_found', `the result has no member '${name}'`);
}
