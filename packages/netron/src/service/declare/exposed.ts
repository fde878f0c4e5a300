/**
 * Registry of the objects and classes that are services. The functions that declare them bring the code that reads and binds
 * them, so a program that declares none does not load that code.
 */

import type { Construct } from '../../middleware/adapt.js';
import type { MemberInfo } from '../../middleware/member.js';
import type { MiddlewareInput, Placed } from '../../middleware/places.js';
import { sign } from '../../util/copy.js';
import type { BoundService } from '../call/bound-service.js';
import type { CallContext } from '../call/context.js';
import type { MemberDefinition, ServiceDefinition } from '../definition.js';
import type { Annotations } from './combine-annotations.js';

/** Returns, for each call, the value of a parameter that the callee fills. Synchronous; an error that it throws fails the call. */
export type Fill = (call: CallContext) => unknown;

/** Settings of a node for binding services. */
export interface BindSettings {
  /** The node's middleware. */
  readonly incoming: readonly Placed[];
  /** Makes instances of middleware classes. Default: `new Class()`. */
  readonly construct: Construct | undefined;
  /** Throws for members that the node cannot serve. Default: accepts all. */
  readonly check?: (member: MemberInfo) => void;
}

/** One public member, as the dispatcher needs it. */
export interface ExposedMember extends MemberDefinition {
  /** Functions that fill parameters instead of the caller, by position. */
  readonly fills?: ReadonlyMap<number, Fill>;
  /** Annotations of the member and of the service, combined. Default: none. */
  readonly said?: Annotations;
  /** Function to call instead of the object's member of that name. `this` is the object. */
  readonly invoke?: (...args: unknown[]) => unknown;
  /** Middleware of the member, outermost first, inside of the service's. */
  readonly middleware: readonly MiddlewareInput[];
}

/** A service as its own node sees it. Immutable; instances of one class share it. */
export interface ServiceExposure {
  readonly definition: ServiceDefinition;
  /** In the order of `definition.members`. */
  readonly members: readonly ExposedMember[];
  /** Middleware around every member, outermost first. */
  readonly middleware: readonly MiddlewareInput[];
  /** Makes `target` callable, with the middleware of the node and of the exposure. */
  readonly bind: (target: object, node: BindSettings) => BoundService;
}

/** Returns the exposure of an instance of a declared class, or of a class derived from it. */
export type ClassReader = (instance: object, prototype: object) => ServiceExposure | undefined;

const ofObjects = new WeakMap<object, ServiceExposure>();
const readers = new WeakMap<object, ClassReader>();

/**
 * Returns the exposure of `value`; `undefined` unless it is an instance of a class that has, or inherits, `@Service`, or was made by
 * `defineService` or `createService`. Cheap enough to call for any value.
 */
export function exposureOf(value: unknown): ServiceExposure | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const own = ofObjects.get(value);
  if (own !== undefined) return own;
  const prototype: object | null = Object.getPrototypeOf(value);
  for (let at = prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const read = readers.get(at);
    if (read !== undefined) return read(value, prototype as object);
  }
  return undefined;
}

/** Sets the exposure of one object, which takes precedence over that of its class. */
export function exposeObject(target: object, exposure: ServiceExposure): void {
  sign(target);
  ofObjects.set(target, exposure);
}

/** Sets the function that reads the exposure of instances of the class with this prototype. */
export function exposeClass(prototype: object, read: ClassReader): void {
  sign(prototype);
  readers.set(prototype, read);
}
