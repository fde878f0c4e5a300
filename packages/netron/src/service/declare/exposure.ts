/** Makes the exposure of an object: its public members, from the records of decorators or from `defineService` and `createService`. */

import type { AnnotationStatement } from '../../middleware/member.js';
import type { MiddlewareInput } from '../../middleware/places.js';
import { contextParameter } from '../call/context-parameter.js';
import type { MemberDefinition, ServiceDefinition } from '../definition.js';
import { bindService } from './bind-service.js';
import { combineAnnotations, publishedAnnotations } from './combine-annotations.js';
import type { BindSettings, ExposedMember, Fill, ServiceExposure } from './exposed.js';
import {
  type ClassMetadata,
  classMetadata,
  inheritedMetadata,
  type MemberMetadata,
  mergeMembers,
  ownClassMetadata,
} from './metadata.js';
import type { ServiceId } from './service-name.js';

/** Builds an exposure and freezes it. */
export function makeExposure(
  id: ServiceId,
  members: readonly ExposedMember[],
  middleware: readonly MiddlewareInput[],
): ServiceExposure {
  const definition: ServiceDefinition = Object.freeze({
    name: id.name,
    version: id.version,
    members: Object.freeze(members.map(publicPart)),
  });
  const exposure: ServiceExposure = Object.freeze({
    definition,
    members: Object.freeze(
      members.map((member) => Object.freeze({ ...member, middleware: Object.freeze([...member.middleware]) })),
    ),
    middleware: Object.freeze([...middleware]),
    bind: (target: object, node: BindSettings) => bindService(target, exposure, node),
  });
  return exposure;
}

function publicPart({ name, kind, writable, annotations }: ExposedMember): MemberDefinition {
  return Object.freeze({ name, kind, ...(writable === true && { writable }), ...(annotations !== undefined && { annotations }) });
}

/** Returns the exposure of a class from its decorators and those of its base classes; the same for all instances. */
export function exposureOfClass(instance: object, prototype: object): ServiceExposure | undefined {
  const known = ownClassMetadata(prototype)?.exposure;
  if (known !== undefined) return known;
  const records = inheritedMetadata(prototype);
  const id = records.findLast((record) => record.service !== undefined)?.service;
  if (id === undefined) return undefined;
  const members: ExposedMember[] = [];
  const ofClass = records.flatMap((record) => record.annotations);
  for (const [name, member] of inheritedMembers(records)) {
    if (!member.exposed) continue;
    const said = annotated(
      ofClass,
      member.annotations.flatMap(({ list }) => list),
    );
    members.push({ ...exposedMember(instance, prototype, name, member), ...said });
  }
  const middleware = records.flatMap((record) => record.middleware);
  const exposure = makeExposure(id, members, middleware);
  classMetadata(prototype).exposure = exposure;
  return exposure;
}

function inheritedMembers(records: readonly ClassMetadata[]): Map<string, MemberMetadata> {
  const members = new Map<string, MemberMetadata>();
  for (const record of records) {
    for (const [name, member] of record.members) members.set(name, mergeMembers(members.get(name), member));
  }
  return members;
}

function exposedMember(instance: object, prototype: object, name: string, record: MemberMetadata): ExposedMember {
  const middleware = record.middleware.flatMap((entry) => entry.list);
  const descriptor = findDescriptor(instance, name);
  // A field with an explicit `readonly` is a property, even if its value is a function.
  const method: unknown = record.readonly === undefined ? descriptor?.value : undefined;
  if (typeof method !== 'function') {
    const settable = descriptor?.get === undefined || descriptor.set !== undefined;
    const writable = record.readonly === false && settable;
    return { name, kind: 'property', ...(writable && { writable }), middleware };
  }
  const kind = record.stream || isGeneratorFunction(method) ? 'stream' : 'method';
  const fills = fillsOf(record.context ?? contextInMetadata(prototype, name), record.fills, `method '${name}'`);
  return { name, kind, ...(fills !== undefined && { fills }), middleware };
}

/** Returns the annotations of a member: all of them for middleware, the published ones for callers. */
export function annotated(
  ofService: readonly AnnotationStatement[],
  ofMember: readonly AnnotationStatement[],
): Pick<ExposedMember, 'said' | 'annotations'> {
  if (ofService.length + ofMember.length === 0) return {};
  const said = combineAnnotations(ofService, ofMember);
  const annotations = publishedAnnotations(said, [...ofService, ...ofMember]);
  return { said, ...(annotations !== undefined && { annotations }) };
}

/**
 * Returns the functions that fill parameters instead of the caller; `undefined` when there are none.
 *
 * @throws TypeError when a position is invalid or is filled twice
 */
export function fillsOf(
  context: number | undefined,
  fills: Iterable<readonly [number, Fill]>,
  where: string,
): ReadonlyMap<number, Fill> | undefined {
  const all = new Map<number, Fill>(fills);
  if (context !== undefined) {
    if (all.has(context)) throw new TypeError(`${where}: parameter ${context} is filled twice`);
    all.set(context, (call) => call);
  }
  for (const [position, fill] of all) {
    if (!Number.isSafeInteger(position) || position < 0 || position > 255 || typeof fill !== 'function') {
      throw new TypeError(`${where}: expected parameter positions with functions, got ${String(position)}: ${typeof fill}`);
    }
  }
  return all.size === 0 ? undefined : all;
}

function findDescriptor(instance: object, name: string): PropertyDescriptor | undefined {
  for (let at: object | null = instance; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/** Whether `method` is a generator function, as far as the function itself shows. */
export function isGeneratorFunction(method: unknown): boolean {
  const tag = Object.prototype.toString.call(method);
  return tag === '[object AsyncGeneratorFunction]' || tag === '[object GeneratorFunction]';
}

/** Type of `Reflect.getMetadata`, which `reflect-metadata` adds and compilers with `emitDecoratorMetadata` provide data for. */
type MetadataReader = (key: string, target: object, property: string) => unknown;

function contextInMetadata(prototype: object, name: string): number | undefined {
  const read = (Reflect as { getMetadata?: MetadataReader }).getMetadata;
  if (read === undefined) return undefined;
  const types = read('design:paramtypes', prototype, name);
  if (!Array.isArray(types)) return undefined;
  const index = types.findIndex((type) => typeof type === 'function' && contextParameter in type);
  return index === -1 ? undefined : index;
}
