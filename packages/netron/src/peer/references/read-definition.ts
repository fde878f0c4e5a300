/** Reads definitions of services as they travel: plain lists. */
import { NetronError } from '../../errors/netron-error.js';
import { isReservedName } from '../../service/declare/member-name.js';
import { isServiceName, isVersion } from '../../service/declare/service-name.js';
import type { MemberDefinition, MemberKind, ServiceDefinition } from '../../service/definition.js';

/** Numbers of member kinds on the wire. */
export const memberKinds: readonly MemberKind[] = ['method', 'stream', 'property'];

/** Characters of the longest member name. */
const longestMember = 128;

/** Reads the annotations of a member. */
export type ReadAnnotations = (published: unknown) => MemberDefinition['annotations'];

/**
 * Reads the definition that was written as these three.
 *
 * @param annotations absent: they are left out
 * @throws NetronError `invalid_argument` when it is none
 */
export function readDefinition(name: unknown, version: unknown, list: unknown, annotations?: ReadAnnotations): ServiceDefinition {
  if (typeof name !== 'string' || typeof version !== 'string' || !Array.isArray(list)) throw malformed();
  if (!isServiceName(name) || !isVersion(version)) throw malformed('with an impossible name or version');
  return Object.freeze({ name, version, members: Object.freeze(list.map((body) => memberOf(body, annotations))) });
}

function memberOf(body: unknown, annotationsOf?: ReadAnnotations): MemberDefinition {
  if (!Array.isArray(body)) throw malformed('with a member that is none');
  const [name, number, writable, published] = body as unknown[];
  const kind = typeof number === 'number' ? memberKinds[number] : undefined;
  if (typeof name !== 'string' || kind === undefined) throw malformed('with a member that is none');
  // `then` would make `await` take the service for a promise.
  if (name === '' || name.length > longestMember || isReservedName(name)) throw malformed('with a member of an impossible name');
  const annotations = annotationsOf?.(published);
  return Object.freeze({ name, kind, ...(writable === true && { writable }), ...(annotations !== undefined && { annotations }) });
}

function malformed(what = 'that is none'): NetronError {
  return new NetronError('invalid_argument', `malformed packet: a definition ${what}`);
}
