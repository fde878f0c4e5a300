/** Reads definitions of services from their written form, plain lists. */
import { NetronError } from '../../errors/netron-error.js';
import { isReservedName } from '../../service/declare/member-name.js';
import { isServiceName, isVersion } from '../../service/declare/service-name.js';
import type { MemberDefinition, MemberKind, ServiceDefinition } from '../../service/definition.js';

/** Member kinds by their number on the wire. */
export const memberKinds: readonly MemberKind[] = ['method', 'stream', 'property'];

/** Most characters of a member name. */
const longestMember = 128;

/** Reads the annotations of a member. */
export type ReadAnnotations = (published: unknown) => MemberDefinition['annotations'];

/**
 * Returns the definition for these three written values.
 *
 * @param annotations absent: annotations are left out
 * @throws NetronError `invalid_argument` when they are not a valid definition
 */
export function readDefinition(name: unknown, version: unknown, list: unknown, annotations?: ReadAnnotations): ServiceDefinition {
  if (typeof name !== 'string' || typeof version !== 'string' || !Array.isArray(list)) throw malformed();
  if (!isServiceName(name) || !isVersion(version)) throw malformed('with an invalid name or version');
  return Object.freeze({ name, version, members: Object.freeze(list.map((body) => memberOf(body, annotations))) });
}

function memberOf(body: unknown, annotationsOf?: ReadAnnotations): MemberDefinition {
  if (!Array.isArray(body)) throw malformed('with an invalid member');
  const [name, number, writable, published] = body as unknown[];
  const kind = typeof number === 'number' ? memberKinds[number] : undefined;
  if (typeof name !== 'string' || kind === undefined) throw malformed('with an invalid member');
  // With a member `then`, `await` would treat the service as a promise.
  if (name === '' || name.length > longestMember || isReservedName(name)) throw malformed('with an invalid member name');
  const annotations = annotationsOf?.(published);
  return Object.freeze({ name, kind, ...(writable === true && { writable }), ...(annotations !== undefined && { annotations }) });
}

function malformed(what = 'that is invalid'): NetronError {
  return new NetronError('invalid_argument', `malformed packet: a definition ${what}`);
}
