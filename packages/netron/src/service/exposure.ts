/** What an object shows to callers, made from decorators' records or given by `defineService` and `createService`. */

import type { MiddlewareInput } from '../middleware/adapt.js';
import { type ClassRecord, classRecord, classRecords, type MemberRecord, mergeMembers, ownClassRecord } from './class-record.js';
import { contextParameter } from './context-parameter.js';
import type { MemberDefinition, ServiceDefinition } from './definition.js';
import type { ServiceId } from './service-name.js';

/** One public member, as the dispatcher needs it. */
export interface ExposedMember extends MemberDefinition {
  /** Position of the parameter that receives the call's context. */
  readonly context?: number;
  /** What to call instead of the object's member of that name. `this` is the object. */
  readonly invoke?: (...args: unknown[]) => unknown;
  /** The member's own, outermost first; inside of the service's. */
  readonly middleware: readonly MiddlewareInput[];
}

/** A service as its own node sees it. Immutable; instances of one class share theirs. */
export interface ServiceExposure {
  readonly definition: ServiceDefinition;
  /** In the order of `definition.members`. */
  readonly members: readonly ExposedMember[];
  /** In front of every member, outermost first. */
  readonly middleware: readonly MiddlewareInput[];
}

const ofObjects = new WeakMap<object, ServiceExposure>();

/**
 * What `value` shows to callers: `undefined` unless it is an instance of a class with `@Service` on it or on a base
 * class, or was made by `defineService` or `createService`. Cheap enough to ask of any value.
 */
export function exposureOf(value: unknown): ServiceExposure | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const own = ofObjects.get(value);
  if (own !== undefined) return own;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return undefined;
  return ownClassRecord(prototype)?.exposure ?? exposureOfClass(value, prototype);
}

/** Notes the exposure of one object, whatever its class says. The first word stands: there is no second. */
export function exposeObject(target: object, exposure: ServiceExposure): void {
  ofObjects.set(target, exposure);
}

/** Puts an exposure together and freezes it. */
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
  return Object.freeze({
    definition,
    members: Object.freeze(
      members.map((member) => Object.freeze({ ...member, middleware: Object.freeze([...member.middleware]) })),
    ),
    middleware: Object.freeze([...middleware]),
  });
}

function publicPart({ name, kind, writable }: ExposedMember): MemberDefinition {
  return Object.freeze(writable === true ? { name, kind, writable } : { name, kind });
}

function exposureOfClass(instance: object, prototype: object): ServiceExposure | undefined {
  const records = classRecords(prototype);
  const id = records.findLast((record) => record.service !== undefined)?.service;
  if (id === undefined) return undefined;
  const members: ExposedMember[] = [];
  for (const [name, member] of inheritedMembers(records)) {
    if (member.exposed) members.push(exposedMember(instance, prototype, name, member));
  }
  const middleware = records.flatMap((record) => record.middleware);
  const exposure = makeExposure(id, members, middleware);
  classRecord(prototype).exposure = exposure;
  return exposure;
}

function inheritedMembers(records: readonly ClassRecord[]): Map<string, MemberRecord> {
  const members = new Map<string, MemberRecord>();
  for (const record of records) {
    for (const [name, member] of record.members) members.set(name, mergeMembers(members.get(name), member));
  }
  return members;
}

function exposedMember(instance: object, prototype: object, name: string, record: MemberRecord): ExposedMember {
  const middleware = record.middleware.flatMap((entry) => entry.list);
  const descriptor = findDescriptor(instance, name);
  // A field with `readonly` stated holds a value, even when that is a function.
  const method: unknown = record.readonly === undefined ? descriptor?.value : undefined;
  if (typeof method !== 'function') {
    const settable = descriptor?.get === undefined || descriptor.set !== undefined;
    const writable = record.readonly === false && settable;
    return { name, kind: 'property', ...(writable && { writable }), middleware };
  }
  const kind = record.stream || isGeneratorFunction(method) ? 'stream' : 'method';
  const context = record.context ?? contextInMetadata(prototype, name);
  return { name, kind, ...(context !== undefined && { context }), middleware };
}

function findDescriptor(instance: object, name: string): PropertyDescriptor | undefined {
  for (let at: object | null = instance; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/** Whether calling `method` gives a generator, as far as the function itself tells. */
export function isGeneratorFunction(method: unknown): boolean {
  const tag = Object.prototype.toString.call(method);
  return tag === '[object AsyncGeneratorFunction]' || tag === '[object GeneratorFunction]';
}

/** `reflect-metadata` adds this where it is used; compilers with `emitDecoratorMetadata` fill it. */
type MetadataReader = (key: string, target: object, property: string) => unknown;

function contextInMetadata(prototype: object, name: string): number | undefined {
  const read = (Reflect as { getMetadata?: MetadataReader }).getMetadata;
  if (read === undefined) return undefined;
  const types = read('design:paramtypes', prototype, name);
  if (!Array.isArray(types)) return undefined;
  const index = types.findIndex((type) => typeof type === 'function' && contextParameter in type);
  return index === -1 ? undefined : index;
}
