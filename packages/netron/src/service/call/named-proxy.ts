/**
 * Proxies that are made before their service is known: every name is a member. When called it is a method, when awaited a property,
 * once the service is known to have it as one.
 */
import type { ServiceDefinition } from '../definition.js';
import {
  giveBack,
  missing,
  neverForwarded,
  optionsKey,
  type Proxied,
  type ProxyTarget,
  proxyOf,
  streamOf,
  target,
} from './proxy.js';
import { setProperty } from './set-property.js';

/** Makes a proxy for a target with `invokeNamed`; disposes of the target once, however often the proxy is disposed. */
export function createNamedProxy(to: ProxyTarget): object {
  let held = true;
  return proxyOf(namedPrototype, to, undefined, () => {
    if (held) to.dispose();
    held = false;
  });
}

/** Prototype of these proxies: every name is a member. */
const namedPrototype: object = Object.create(
  new Proxy(Object.create(null) as object, {
    get(_target, name, proxy: Proxied) {
      return typeof name === 'symbol' || neverForwarded.has(name) ? undefined : namedMember(proxy, name);
    },
    set(_target, name, value: unknown, proxy: Proxied) {
      if (typeof name === 'symbol' || neverForwarded.has(name)) return false;
      assign(proxy, name, value);
      return true;
    },
    has: () => false,
  }),
  {
    [Symbol.dispose]: {
      value(this: Proxied) {
        this[giveBack]?.();
      },
    },
    [Symbol.toStringTag]: { value: 'Remote service' },
    toString: { value: () => '[Remote service]' },
    on: {
      value(this: Proxied, event: string, listener: (data: unknown, event: string) => void) {
        return this[target].on(event, listener);
      },
    },
  },
) as object;

/** Returns a member that is a method when called and a property when awaited. It is stored on the proxy at first use. */
function namedMember(proxy: Proxied, name: string): unknown {
  const { [target]: to, [optionsKey]: options } = proxy;
  const invoke = (args: unknown[]): Promise<unknown> =>
    (to.invokeNamed as NonNullable<typeof to.invokeNamed>)(name, args, options);
  let seen: ServiceDefinition | undefined;
  let streams = false;
  const call = (args: unknown[]): unknown => {
    const { definition } = to;
    if (definition !== seen) {
      seen = definition;
      streams = definition.members.find((member) => member.name === name)?.kind === 'stream';
    }
    return streams ? streamOf(to, invoke(args)) : invoke(args);
  };
  const read = async (): Promise<unknown> => {
    const definition = (await to.known?.(name, options)) ?? to.definition;
    const member = definition.members.find((candidate) => candidate.name === name);
    if (member === undefined) throw missing(definition, name);
    if (member.kind === 'property') return invoke([]);
    return (...args: unknown[]): unknown => call(args);
  };
  type Then = Promise<unknown>['then'];
  const value = Object.assign((...args: unknown[]): unknown => call(args), {
    // biome-ignore lint/suspicious/noThenProperty: a property is read by awaiting it
    then: (...handlers: Parameters<Then>) => read().then(...handlers),
  });
  Object.defineProperty(proxy, name, { get: () => value, set: (given: unknown) => assign(proxy, name, given) });
  return value;
}

function assign(proxy: Proxied, name: string, value: unknown): void {
  setProperty(proxy as never, name as never, value as never).catch((error: unknown) => proxy[target].reportError(error));
}
