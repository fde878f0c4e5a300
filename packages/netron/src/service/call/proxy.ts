/**
 * Proxy of a service: an object with the service's members as methods, each handing its call to the proxy's target. Names
 * that the service does not have answer with a rejected promise; the ones JavaScript asks every object for never leave.
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
  /** Calls a member by its number in the definition; a property is read without arguments and written with one. */
  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown>;
  /** The same past the middleware, which has seen the call already. Absent when there is no way past it. */
  send?(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown>;
  /**
   * Calls a member by its name. Present when the proxy is made before the service is known: `definition` is then empty until
   * it is, and members are looked up by `known`.
   */
  invokeNamed?(name: string, args: unknown[], options: CallOptions | undefined): Promise<unknown>;
  /** The definition, as soon as it is known, within the time of a call of the member; for a target with `invokeNamed`. */
  known?(name: string, options: CallOptions | undefined): Promise<ServiceDefinition>;
  /** The peer it belongs to. */
  readonly owner?: unknown;
  /** Returns the object that the program gets of a call of a stream method. Default: the promise of the call. */
  stream?(opened: Promise<unknown>): object;
  /** A call that fails, in the form that `invoke` answers with. Default: a rejected promise. */
  fail?(error: NetronError): Promise<unknown>;
  /** Service that a peer calls when the proxy is passed on to it. Default: the proxy's own members. */
  readonly bound?: BoundService;
  /** Hears of events the service emits. */
  on(event: string, listener: (data: unknown, event: string) => void): Promise<() => Promise<void>>;
  /** An assignment to a property has failed; nobody awaits it. */
  reportError(error: unknown): void;
  /** The program has no more use for the proxy. */
  dispose(): void;
  /** The proxy is handed on to another peer, which uses it until `unpin`. Absent when nothing is held for the proxy. */
  pin?(): void;
  unpin?(): void;
}

/** From a proxy that was made for one holder to what gives it back. Those that are derived of it have the same. */
export const giveBack: unique symbol = Symbol('give back');

/** From a proxy to where its calls go. */
export const target: unique symbol = Symbol('target');

export const optionsKey: unique symbol = Symbol('options');

/** Member of objects that stand for services without being proxies: answers `withOptions` for them. */
export const deriving: unique symbol = Symbol.for('netron.withOptions');

/** A proxy, with what is behind it. */
export interface Proxied {
  readonly [target]: ProxyTarget;
  readonly [optionsKey]: CallOptions | undefined;
  readonly [giveBack]?: () => void;
}

/** Names that a service never answers to: JavaScript asks objects for them on its own. */
export const neverForwarded: ReadonlySet<string> = new Set([
  ...['then', 'catch', 'finally', 'constructor', 'prototype', '__proto__', 'toJSON', 'toString', 'valueOf', 'toLocaleString'],
  ...['inspect', 'nodeType', 'asymmetricMatch', '$$typeof', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable'],
]);

const prototypes = new WeakMap<ServiceDefinition, object>();

/** A proxy for `to`, whose definition is known; the same class of object for the same definition. */
export function createProxy(to: ProxyTarget, options?: CallOptions): object {
  return proxyOf(prototypeFor(to.definition), to, options);
}

/** A proxy for `to` with the members of `prototype`. */
export function proxyOf(prototype: object, to: ProxyTarget, options?: CallOptions, back?: () => void): object {
  const proxy = Object.create(prototype) as object;
  // One by one: with a map of descriptors it takes twice as long, and each connection makes two.
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
 * Gives a proxy back to the peer it belongs to. What is no proxy is left alone.
 *
 * @throws NetronError `invalid_argument` when it belongs to another than `peer`
 */
export function release(proxy: object, peer: { readonly id: string }): void {
  const to = targetOf(proxy);
  if (to === undefined) return;
  if (to.owner !== peer) {
    const other = (to.owner as { readonly id?: string } | undefined)?.id;
    const whose = other === undefined ? 'another peer' : `peer '${other}'`;
    throw new NetronError('invalid_argument', `expected an interface of peer '${peer.id}', got one of ${whose}`);
  }
  to.dispose();
}

/**
 * The same service with call options for every call made through the result: `withOptions(users, { timeout: 500 }).get(id)`.
 * Options given earlier stay unless given again.
 *
 * @throws TypeError when `service` is not a proxy
 */
export function withOptions<T extends object>(service: T, given: CallOptions): T {
  const to = targetOf(service);
  const derive = to === undefined ? (service as { [deriving]?: (options: CallOptions) => T } | null)?.[deriving] : undefined;
  if (derive === undefined && (to === undefined || typeof service === 'function'))
    throw new TypeError('withOptions needs a service from queryInterface');
  const options = readOptions(given);
  checkCallOptions(options);
  if (to === undefined) return derive?.(options) as T;
  const { [optionsKey]: before, [giveBack]: back } = service as unknown as Proxied;
  return proxyOf(Object.getPrototypeOf(service) as object, to, { ...before, ...options }, back) as T;
}

/**
 * Writes a property of a remote service and tells when it is done; a plain assignment cannot.
 *
 * @throws NetronError `permission_denied` when the property is read-only, `not_found` when there is none
 */
export async function setProperty<T extends object, K extends keyof T & string>(
  service: T,
  name: K,
  value: Awaited<T[K]>,
): Promise<void> {
  const to = targetOf(service);
  if (to === undefined) throw new TypeError('setProperty needs a service from queryInterface');
  const options = (service as unknown as Proxied)[optionsKey];
  const definition = (await to.known?.(name, options)) ?? to.definition;
  const member = definition.members.findIndex((candidate) => candidate.name === name && candidate.kind === 'property');
  if (member < 0) throw missing(definition, name);
  if (to.invokeNamed !== undefined) await to.invokeNamed(name, [value], options);
  else await to.invoke(member, [value], options);
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

/** Returns what the program gets of a call of a stream method. */
export function streamOf(to: ProxyTarget, opened: Promise<unknown>): unknown {
  return to.stream?.(opened) ?? opened;
}

/** A getter that puts the method on the proxy itself when first used: afterwards calling it is a plain call. */
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

/** At the end of the prototype chain: answers for names that the definition does not have. */
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
