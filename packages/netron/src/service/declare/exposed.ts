/**
 * Which objects are services. Whoever declares some brings along what reads and binds them: a program that declares none
 * is without that code.
 */

import type { Construct } from '../../middleware/adapt.js';
import type { MemberInfo } from '../../middleware/member.js';
import type { MiddlewareInput, Placed } from '../../middleware/places.js';
import { sign } from '../../util/copy.js';
import type { BoundService } from '../call/bound-service.js';
import type { CallContext } from '../call/context.js';
import type { MemberDefinition, ServiceDefinition } from '../definition.js';
import type { Annotations } from './combine-annotations.js';

/** Gives the value of a parameter that is not the caller's to give, for each call; synchronous. What it throws fails the call. */
export type Fill = (call: CallContext) => unknown;

/** Additions of a node to every service. */
export interface BindSettings {
  /** The node's middleware. */
  readonly incoming: readonly Placed[];
  /** Makes objects of middleware classes. Default: `new Class()`. */
  readonly construct: Construct | undefined;
  /** Throws for members that the node cannot serve. Default: serves all. */
  readonly check?: (member: MemberInfo) => void;
}

/** One public member, as the dispatcher needs it. */
export interface ExposedMember extends MemberDefinition {
  /** Values of parameters that are not the caller's to give, by position. */
  readonly fills?: ReadonlyMap<number, Fill>;
  /** Statements about it and about the service, combined. Default: none. */
  readonly said?: Annotations;
  /** Function to call instead of the object's member of that name. `this` is the object. */
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
  /** Makes `target` callable, behind the node's middleware and the exposure's own. */
  readonly bind: (target: object, node: BindSettings) => BoundService;
}

/** Makes the exposure of an instance of a declared class, or of one derived from it. */
export type ClassReader = (instance: object, prototype: object) => ServiceExposure | undefined;

const ofObjects = new WeakMap<object, ServiceExposure>();
const readers = new WeakMap<object, ClassReader>();

/**
 * Returns the exposed members of `value`: `undefined` unless it is an instance of a class with `@Service` on it or on a base
 * class, or was made by `defineService` or `createService`. Cheap enough to ask of any value.
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

/** Notes the exposure of one object, whatever its class says. The first word stands: there is no second. */
export function exposeObject(target: object, exposure: ServiceExposure): void {
  sign(target);
  ofObjects.set(target, exposure);
}

/** Notes how to read the instances of the class with this prototype. */
export function exposeClass(prototype: object, read: ClassReader): void {
  sign(prototype);
  readers.set(prototype, read);
}
