/** Definitions of services: their written form, and one shared object for equal definitions. */
import { copyPlain, isPlain, samePlain } from '../../errors/plain-data.js';
import { isAnnotationName } from '../../middleware/member.js';
import type { MemberDefinition, ServiceDefinition } from '../../service/definition.js';
import { memberKinds as kinds, readDefinition } from './read-definition.js';

/** Most definitions that are remembered; beyond it, the oldest is forgotten. */
const maxKnown = 1_024;

/** Written form of a definition. */
export type DefinitionBody = readonly [name: string, version: string, members: readonly unknown[]];

export function definitionBody({ name, version, members }: ServiceDefinition): DefinitionBody {
  return [name, version, members.map(memberBody)];
}

function memberBody({ name, kind, writable = false, annotations }: MemberDefinition): readonly unknown[] {
  if (annotations !== undefined) return [name, kinds.indexOf(kind), writable, annotations];
  return writable ? [name, kinds.indexOf(kind), true] : [name, kinds.indexOf(kind)];
}

/** Reads definitions. Peers often have the same services, so that what is created once for a definition serves them all. */
export class Definitions {
  readonly #known = new Map<string, WeakRef<ServiceDefinition>>();

  /**
   * Returns the definition for these three written values.
   *
   * @throws NetronError `invalid_argument` when they are not a valid definition
   */
  read(name: unknown, version: unknown, list: unknown): ServiceDefinition {
    const id = typeof name === 'string' && typeof version === 'string' ? `${name}@${version}` : '';
    const known = this.#known.get(id)?.deref();
    if (known !== undefined && Array.isArray(list) && isMadeOf(known.members, list)) return known;
    const definition = readDefinition(name, version, list, annotationsOf);
    this.#known.delete(id);
    this.#known.set(id, new WeakRef(definition));
    if (this.#known.size > maxKnown) this.#known.delete(this.#known.keys().next().value as string);
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

/** Most annotations of one member that are read. */
const maxAnnotations = 32;

/** Reads annotations. Values that are not data are left out, and all annotations when they are not a plain object. */
function annotationsOf(published: unknown): MemberDefinition['annotations'] {
  if (!isPlain(published)) return undefined;
  const entries = Object.entries(published).slice(0, maxAnnotations);
  const copies = entries.flatMap(([name, value]) => {
    const copy = isAnnotationName(name) ? copyPlain(value) : undefined;
    return copy === undefined ? [] : [[name, copy] as const];
  });
  return copies.length === 0 ? undefined : Object.freeze(Object.fromEntries(copies));
}
