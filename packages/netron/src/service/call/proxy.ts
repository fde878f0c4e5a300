/**
 * Proxy of a service: an object with the service's members as methods, each of which passes its call to the proxy's target. A call of
 * a name that the service does not have is rejected; names that JavaScript itself looks up are never sent.
 */
import { NetronError } from '../../errors/netron-error.js';
import { withOutcome } from '../../errors/outcome.js';
import { sign } from '../../util/copy.js';
import { readOptions } from '../../util/read-options.js';
import type { MemberDefinition, ServiceDefinition } from '../definition.js';
import type { BoundService } from './bound-service.js';
import { type CallOptions, checkCallOptions } from './options.js';

/** Target of a proxy's calls: a remote service, a reference, a local object. */
export interface ProxyTarget {
  readonly definition: ServiceDefinition;
  /** Calls a member by its number in the definition. A property is read without arguments and written with one. */
  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown>;
  /** Like `invoke`, but past the middleware, which has already handled the call. Absent when that is not possible. */
  send?(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown>;
  /**
   * Calls a member by its name. Present when the proxy is made before the service is known: `definition` is empty until then,
   * and members are looked up with `known`.
   */
  invokeNamed?(name: string, args: unknown[], options: CallOptions | undefined): Promise<unknown>;
  /** Resolves with the definition once it is known, within the time of a call of the member; for a target with `invokeNamed`. */
  known?(name: string, options: CallOptions | undefined): Promise<ServiceDefinition>;
  /** The peer that the target belongs to. */
  readonly owner?: unknown;
  /** Returns the object that the program receives from a call of a stream method. Default: the promise of the call. */
  stream?(opened: Promise<unknown>): object;
  /** Returns a failed call, in the form that `invoke` returns. Default: a rejected promise. */
  fail?(error: NetronError): Promise<unknown>;
  /** Service that another peer calls when it is passed this proxy. Default: the proxy's own members. */
  readonly bound?: BoundService;
  /** Subscribes to events that the service emits. */
  on(event: string, listener: (data: unknown, event: string) => void): Promise<() => Promise<void>>;
  /** Reports the failure of an assignment to a property, which no caller awaits. */
  reportError(error: unknown): void;
  /** Releases the target; the program no longer uses the proxy. */
  dispose(): void;
  /** Keeps the target while another peer uses the proxy, until `unpin`. Absent when the proxy holds no resources. */
  pin?(): void;
  unpin?(): void;
}

/** Key from a proxy that has one holder to the function that releases it. Proxies derived from it share that function. */
export const giveBack: unique symbol = Symbol('give back');

/** Key from a proxy to its target. */
export const target: unique symbol = Symbol('target');

export const optionsKey: unique symbol = Symbol('options');

/** Method of objects that represent services without being proxies: implements `withOptions` for them. */
export const deriving: unique symbol = Symbol.for('netron.withOptions');

/** A proxy, with its hidden properties. */
export interface Proxied {
  readonly [target]: ProxyTarget;
  readonly [optionsKey]: CallOptions | undefined;
  readonly [giveBack]?: () => void;
}

/** Names that are never sent to a service, because JavaScript and tools look them up on any object. */
export const neverForwarded: ReadonlySet<string> = new Set([
  ...['then', 'catch', 'finally', 'constructor', 'prototype', '__proto__', 'toJSON', 'toString', 'valueOf', 'toLocaleString'],
  ...['inspect', 'nodeType', 'asymmetricMatch', '$$typeof', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable'],
]);

const prototypes = new WeakMap<ServiceDefinition, object>();

/** Makes a proxy for `to`, whose definition is known; proxies of the same definition share a prototype. */
export function createProxy(to: ProxyTarget, options?: CallOptions): object {
  return proxyOf(prototypeFor(to.definition), to, options);
}

/** Makes a proxy for `to` with the members of `prototype`. */
export function proxyOf(prototype: object, to: ProxyTarget, options?: CallOptions, back?: () => void): object {
  const proxy = Object.create(prototype) as object;
  // One by one: a map of descriptors takes twice as long, and each connection makes two proxies.
  Object.defineProperty(proxy, target, { value: to });
  if (back !== undefined) Object.defineProperty(proxy, giveBack, { value: back });
  return Object.defineProperty(proxy, optionsKey, { value: options });
}

function prototypeFor(definition: ServiceDefinition): object {
  let prototype = prototypes.get(definition);
  if (prototype === undefined) {
    prototype = prototypeOf(definition);
    prototypes.set(definition, prototype);
  }
  return prototype;
}

/** Returns the target of a proxy; `undefined` for any other value. */
export function targetOf(value: unknown): ProxyTarget | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return (value as Partial<Proxied>)[target];
}

/**
 * Returns the same service with options for every call made through the result: `withOptions(users, { timeout: 500 }).get(id)`.
 * Options given earlier stay unless they are given again.
 *
 * @throws TypeError when `service` is not a proxy
 */
export function withOptions<T extends object>(service: T, given: CallOptions): T {
  const to = targetOf(service);
  const derive = to === undefined ? (service as { [deriving]?: (options: CallOptions) => T } | null)?.[deriving] : undefined;
  if (derive === undefined && (to === undefined || typeof service === 'function'))
    throw new TypeError('withOptions requires a service from queryInterface');
  const options = readOptions(given);
  checkCallOptions(options);
  if (to === undefined) return derive?.(options) as T;
  const { [optionsKey]: before, [giveBack]: back } = service as unknown as Proxied;
  return proxyOf(Object.getPrototypeOf(service) as object, to, { ...before, ...options }, back) as T;
}

function prototypeOf(definition: ServiceDefinition): object {
  const prototype = Object.create(unknownMembers(definition), {
    [Symbol.dispose]: {
      value(this: Proxied) {
        this[target].dispose();
      },
    },
    [Symbol.toStringTag]: { value: `Remote ${definition.name}@${definition.version}` },
    toString: { value: () => `[Remote ${definition.name}@${definition.version}]` },
  }) as object;
  if (!definition.members.some(({ name }) => name === 'on')) {
    Object.defineProperty(prototype, 'on', {
      value(this: Proxied, event: string, listener: (data: unknown, event: string) => void) {
        return this[target].on(event, listener);
      },
    });
  }
  definition.members.forEach((member, number) => {
    Object.defineProperty(prototype, member.name, member.kind === 'property' ? property(number) : method(member, number));
  });
  sign(prototype);
  return prototype;
}

/** Returns the object that the program receives from a call of a stream method. */
export function streamOf(to: ProxyTarget, opened: Promise<unknown>): unknown {
  return to.stream?.(opened) ?? opened;
}

/** Returns a getter that defines the method on the proxy itself at first use, so that later uses are plain property reads. */
function method(member: MemberDefinition, number: number): PropertyDescriptor {
  return {
    get(this: Proxied) {
      const to = this[target];
      const options = this[optionsKey];
      const value =
        member.kind === 'stream'
          ? (...args: unknown[]) => streamOf(to, to.invoke(number, args, options))
          : (...args: unknown[]) => to.invoke(number, args, options);
      Object.defineProperty(this, member.name, { value });
      return value;
    },
  };
}

function property(number: number): PropertyDescriptor {
  return {
    get(this: Proxied) {
      return this[target].invoke(number, [], this[optionsKey]);
    },
    set(this: Proxied, value: unknown) {
      const to = this[target];
      to.invoke(number, [value], this[optionsKey]).catch((error: unknown) => to.reportError(error));
    },
  };
}

/** Returns the end of the prototype chain, which handles names that are not in the definition. */
function unknownMembers(definition: ServiceDefinition): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, name, proxy: Proxied) {
      if (typeof name === 'symbol' || neverForwarded.has(name)) return undefined;
      return () => {
        const error = missing(definition, name);
        return proxy[target].fail?.(error) ?? Promise.reject(error);
      };
    },
    set(_target, name) {
      throw missing(definition, String(name));
    },
    has: () => false,
  });
}

export function missing({ name, version }: ServiceDefinition, member: string): NetronError {
  return withOutcome(new NetronError('not_found', `service '${name}@${version}' has no member '${member}'`), 'not_run');
}
