/** Definitions of services as they travel: plain lists, and the same object again for the same content. */
import { NetronError } from '../../errors/netron-error.js';
import { copyPlain, isPlain, samePlain } from '../../errors/plain-data.js';
import { isAnnotationName } from '../../middleware/member.js';
import { isReservedName } from '../../service/declare/member-name.js';
import { isServiceName, isVersion } from '../../service/declare/service-name.js';
import type { MemberDefinition, MemberKind, ServiceDefinition } from '../../service/definition.js';

/** Numbers of member kinds on the wire. */
const kinds: readonly MemberKind[] = ['method', 'stream', 'property'];

/** Characters of the longest member name. */
const longestMember = 128;

/** Definitions remembered at most; the oldest is forgotten. */
const mostKnown = 1_024;

/** Form in which a definition is written. */
export type DefinitionBody = readonly [name: string, version: string, members: readonly unknown[]];

export function definitionBody({ name, version, members }: ServiceDefinition): DefinitionBody {
  return [name, version, members.map(memberBody)];
}

function memberBody({ name, kind, writable = false, annotations }: MemberDefinition): readonly unknown[] {
  if (annotations !== undefined) return [name, kinds.indexOf(kind), writable, annotations];
  return writable ? [name, kinds.indexOf(kind), true] : [name, kinds.indexOf(kind)];
}

/** Reads definitions. Peers often have the same services: what is made once for a definition then serves them all. */
export class Definitions {
  readonly #known = new Map<string, WeakRef<ServiceDefinition>>();

  /**
   * The definition that was written as these three.
   *
   * @throws NetronError `invalid_argument` when it is none
   */
  read(name: unknown, version: unknown, list: unknown): ServiceDefinition {
    if (typeof name !== 'string' || typeof version !== 'string' || !Array.isArray(list)) throw malformed();
    if (!isServiceName(name) || !isVersion(version)) throw malformed('with an impossible name or version');
    const id = `${name}@${version}`;
    const known = this.#known.get(id)?.deref();
    if (known !== undefined && isMadeOf(known.members, list)) return known;
    const definition: ServiceDefinition = Object.freeze({ name, version, members: Object.freeze(list.map(memberOf)) });
    this.#known.delete(id);
    this.#known.set(id, new WeakRef(definition));
    if (this.#known.size > mostKnown) this.#known.delete(this.#known.keys().next().value as string);
    return definition;
  }
}

function isMadeOf(members: readonly MemberDefinition[], list: readonly unknown[]): boolean {
  return members.length === list.length && members.every((member, number) => isWrittenAs(member, list[number]));
}

function isWrittenAs({ name, kind, writable = false, annotations }: MemberDefinition, body: unknown): boolean {
  if (!Array.isArray(body) || body[0] !== name || body[1] !== kinds.indexOf(kind) || (body[2] === true) !== writable)
    return false;
  return annotations === undefined && body[3] === undefined ? true : samePlain(annotations, annotationsOf(body[3]));
}

function memberOf(body: unknown): MemberDefinition {
  if (!Array.isArray(body)) throw malformed('with a member that is none');
  const [name, number, writable, published] = body as unknown[];
  const kind = typeof number === 'number' ? kinds[number] : undefined;
  if (typeof name !== 'string' || kind === undefined) throw malformed('with a member that is none');
  // `then` would make `await` take the service for a promise.
  if (name === '' || name.length > longestMember || isReservedName(name)) throw malformed('with a member of an impossible name');
  const annotations = annotationsOf(published);
  return Object.freeze({ name, kind, ...(writable === true && { writable }), ...(annotations !== undefined && { annotations }) });
}

/** Annotations looked at of one member. */
const mostAnnotations = 32;

/** Reads annotations: values that are no data are left out, and all of them when they are no plain object. */
function annotationsOf(published: unknown): MemberDefinition['annotations'] {
  if (!isPlain(published)) return undefined;
  const entries = Object.entries(published).slice(0, mostAnnotations);
  const copies = entries.flatMap(([name, value]) => {
    const copy = isAnnotationName(name) ? copyPlain(value) : undefined;
    return copy === undefined ? [] : [[name, copy] as const];
  });
  return copies.length === 0 ? undefined : Object.freeze(Object.fromEntries(copies));
}

function malformed(what = 'that is none'): NetronError {
  return new NetronError('invalid_argument', `malformed packet: a definition ${what}`);
}
