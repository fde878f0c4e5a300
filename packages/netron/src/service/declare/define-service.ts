/** Declares services without decorators: from a record of functions, or from an object as it is. */
import type { AnnotationStatement } from '../../middleware/member.js';
import type { MiddlewareInput } from '../../middleware/places.js';
import { described } from '../../util/check.js';
import type { Remote } from '../call/remote.js';
import { fulfilServiceMembers, type ServiceMembers, type serviceEvents } from '../emitter.js';
import { annotationsOf } from './annotation.js';
import { checkStatements } from './annotation-options.js';
import { type ExposedMember, exposeObject, exposureOf, type Fill } from './exposed.js';
import { annotated, fillsOf, isGeneratorFunction, makeExposure } from './exposure.js';
import { assertMemberName, isReservedName } from './member-name.js';
import { declaredServiceId } from './service-name.js';

/** Functions by name. */
// biome-ignore lint/complexity/noBannedTypes: any signature here would be the context of the methods and fix their type parameters
export type ServiceMethods = Record<string, Function>;

/** Type of `this` in a defined service's methods and accessors. */
export type ServiceThis<Methods, Properties, Events extends object> = Methods & Properties & ServiceMembers<Events>;

/** Description of a service, for `defineService`. */
export interface ServiceDescription<Methods extends ServiceMethods, Properties extends object, Events extends object> {
  /** Name: `name` or `name@version`. */
  readonly name: string;
  /** Exact semantic version. Default: the one in `name`, else `1.0.0`. */
  readonly version?: string;
  /** Methods, all of them public. `this` is the service; a method whose result depends on `this` must declare its result type. */
  readonly methods: Methods & ThisType<ServiceThis<Methods, Properties, Events>>;
  /** Values and accessors that callers may read. */
  readonly properties?: Properties & ThisType<ServiceThis<Methods, Properties, Events>>;
  /** Names of the properties that callers may also write. Default: none. */
  readonly writable?: readonly Extract<keyof NoInfer<Properties>, string>[];
  /** Methods whose parameter at this position receives the call's `RequestContext` instead of an argument. */
  readonly context?: { readonly [Name in keyof NoInfer<Methods>]?: number };
  /** Functions that fill other parameters instead of the caller, by method and position. Declare those as `Filled<T>`. */
  readonly fill?: { readonly [Name in keyof NoInfer<Methods>]?: Readonly<Record<number, Fill>> };
  /** Annotations of all members. For a single method: `withAnnotations(method, …)`. */
  readonly annotations?: readonly AnnotationStatement[];
  /** Types of the events that the service emits: `events<{ 'upload:progress': Progress }>()`. Not used at run time. */
  readonly events?: EventTypes<Events>;
  /** Middleware around all members, outermost first. */
  readonly middleware?: readonly MiddlewareInput[];
}

/** Carries the types of events; empty at run time. */
export interface EventTypes<Events extends object> {
  readonly [serviceEvents]?: Events;
}

/** Declares the types of a defined service's events. */
export function events<Events extends object>(): EventTypes<Events> {
  return {};
}

/** A defined service: its methods and properties, which can be called directly as well as exposed on a node. */
export type DefinedService<Methods, Properties, Events extends object> = Methods &
  Properties &
  ([keyof Events] extends [never] ? unknown : EventTypes<Events>);

/** Client type of a service: `ClientOf<typeof calculator>`. */
export type ClientOf<Service extends object> = Remote<Service>;

/**
 * Declares a service by its functions, without a class or decorators, so that it also works where types are only stripped.
 *
 * @throws TypeError when the name, version or a member's name is malformed, two members have one name, or a part of the
 *   description is unknown or is not a list where one is expected
 * @example
 * ```ts
 * const calculator = defineService({ name: 'calculator@1.0.0', methods: { add: (a: number, b: number) => a + b } });
 * ```
 */
export function defineService<
  Methods extends ServiceMethods,
  // biome-ignore lint/complexity/noBannedTypes: nothing besides the methods
  Properties extends object = {},
  // biome-ignore lint/complexity/noBannedTypes: no events
  Events extends object = {},
>(description: ServiceDescription<Methods, Properties, Events>): DefinedService<Methods, Properties, Events> {
  const { methods, properties = {}, writable = [], context = {}, fill = {}, annotations = [], middleware = [] } = description;
  const id = declaredServiceId(description.name, description.version);
  const where = `service '${id.name}'`;
  checkDescription(where, description);
  const target = Object.create(Object.keys(methods).length > 0 ? Object.prototype : definedService) as object;
  fulfilServiceMembers(target);
  const members: ExposedMember[] = [];
  const positions = new Map(Object.entries<number | undefined>(context));
  const fills = new Map(Object.entries<Readonly<Record<number, Fill>> | undefined>(fill));
  const mayWrite = new Set<string>(writable);

  for (const [name, method] of Object.entries(methods)) {
    assertMemberName(name, where);
    if (typeof method !== 'function')
      throw new TypeError(`${where}: method '${name}' must be a function, not ${described(method)}`);
    Object.defineProperty(target, name, { value: method, writable: true, configurable: true, enumerable: true });
    const filled = Object.entries(fills.get(name) ?? {}).map(([position, value]) => [Number(position), value] as const);
    members.push(methodMember(name, method, annotations, fillsOf(positions.get(name), filled, `${where}: method '${name}'`)));
  }
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(properties))) {
    assertMemberName(name, where);
    if (Object.hasOwn(methods, name)) throw new TypeError(`${where}: duplicate member '${name}'`);
    Object.defineProperty(target, name, { ...descriptor, configurable: true });
    const settable = mayWrite.has(name) && (descriptor.get === undefined || descriptor.set !== undefined);
    members.push({ name, kind: 'property', ...(settable && { writable: true }), ...annotated(annotations, []), middleware: [] });
  }
  exposeObject(target, makeExposure(id, members, middleware));
  return target as DefinedService<Methods, Properties, Events>;
}

const parts: Record<keyof ServiceDescription<ServiceMethods, object, object>, true> = {
  name: true,
  version: true,
  methods: true,
  properties: true,
  writable: true,
  context: true,
  fill: true,
  annotations: true,
  events: true,
  middleware: true,
};

/** Refuses unknown parts of a description: a misspelt `middleware`, for instance, would be ignored. */
function checkDescription(where: string, description: object): void {
  for (const part of Object.keys(description))
    if (!Object.hasOwn(parts, part))
      throw new TypeError(`${where}: unknown key '${part}'; known: ${Object.keys(parts).join(', ')}`);
  const { annotations = [], middleware = [] } = description as { annotations?: unknown; middleware?: unknown };
  checkStatements(`${where}: annotations`, annotations);
  if (!Array.isArray(middleware)) throw new TypeError(`${where}: middleware must be an array, not ${described(middleware)}`);
}

/**
 * Declares an existing object as a service: its own functions and the methods of its class become public. Methods of base
 * classes, `constructor`, reserved names such as `then`, accessors and plain values are not exposed, nor are `#private`
 * methods. Methods that are only `private` in TypeScript are public.
 *
 * @param name with or without version; without one it is `1.0.0`
 * @returns `implementation` itself
 * @throws TypeError when `implementation` is a service already, or the name or version is malformed
 */
export function createService<T extends object>(name: string, implementation: T): T {
  const id = declaredServiceId(name);
  if (typeof implementation !== 'object')
    throw new TypeError(`service '${id.name}': implementation must be an object, not a ${typeof implementation}`);
  const before = exposureOf(implementation)?.definition;
  if (before !== undefined) throw new TypeError(`the object is already service '${before.name}@${before.version}'`);
  const members = new Map<string, ExposedMember>();
  const ofClass: object | null = Object.getPrototypeOf(implementation);
  const owners = ofClass === null || ofClass === Object.prototype ? [implementation] : [implementation, ofClass];
  for (const at of owners) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value !== 'function' || isReservedName(key) || members.has(key)) continue;
      assertMemberName(key, `service '${id.name}'`);
      members.set(key, methodMember(key, value));
    }
  }
  exposeObject(implementation, makeExposure(id, [...members.values()], []));
  return implementation;
}

/** Prototype of defined services that have only properties, which distinguishes them from plain data. */
const definedService: object = Object.create(Object.prototype, {
  constructor: { value: Object, writable: true, configurable: true },
});

function methodMember(
  name: string,
  method: object,
  ofService: readonly AnnotationStatement[] = [],
  fills?: ExposedMember['fills'],
): ExposedMember {
  const kind = isGeneratorFunction(method) ? 'stream' : 'method';
  const said = annotated(ofService, annotationsOf(method));
  return { name, kind, ...(fills !== undefined && { fills }), ...said, middleware: [] };
}
