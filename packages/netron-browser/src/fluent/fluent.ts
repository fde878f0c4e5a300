/** Fluent interfaces: proxies that collect settings in front of a call, with one prototype per definition. */
import { createProxy, onlyOptions, type ProxyTarget, type ServiceDefinition, targetOf } from '@omnitron-dev/netron/http/client';
import { Background } from '../query/background.js';
import type { OptimisticUpdate } from '../query/optimistic.js';
import { showOptimistic } from '../query/show-optimistic.js';
import { interval, milliseconds } from '../util/limit.js';
import { settingsOf } from './query-settings.js';
import { type CallSettings, cacheSettings, none, priorityOf, retrySettings } from './settings.js';
import type { FluentInterface, MutationOptions, QueryOptions } from './types.js';

/** A proxy target that accepts settings. */
export interface FluentTarget extends ProxyTarget {
  readonly settings: CallSettings;
  with(settings: CallSettings): FluentTarget;
}

type Link = (given: never, more: never) => CallSettings;

/** The links of the chain: each turns its arguments into settings. */
const links: Readonly<Record<string, Link>> = {
  cache: (options: Parameters<typeof cacheSettings>[0]) => ({ cache: cacheSettings(options) }),
  retry: (options: Parameters<typeof retrySettings>[0]) => ({ retry: retrySettings(options) }),
  background: (ms: number) => ({ background: { ms: interval(ms, 'background'), Background } }),
  invalidateOn: (tags: readonly string[]) => ({ invalidate: [...tags] }),
  timeout: (ms: number) => ({ timeout: milliseconds(ms, 'timeout') }),
  priority: (priority: Parameters<typeof priorityOf>[0]) => ({ priority: priorityOf(priority) }),
  transform: (transform: (data: unknown) => unknown) => ({ transform }),
  validate: (validate: (data: unknown) => unknown) => ({ validate }),
  fallback: (value: unknown) => ({ fallback: { value } }),
  metrics: (metrics: NonNullable<CallSettings['metrics']>) => ({ metrics }),
  signal: (signal: AbortSignal) => ({ signal }),
  queued: (scope = '') => ({ queued: String(scope) }),
  progress: (progress: NonNullable<CallSettings['progress']>) => ({ progress }),
  optimistic: (
    target: { method: string; args?: unknown[] } | OptimisticUpdate['update'],
    update: OptimisticUpdate['update'],
  ) => ({
    optimistic: [typeof target === 'function' ? { target: undefined, update: target } : { target: targetFrom(target), update }],
    showOptimistic,
  }),
};

/** @throws TypeError when it has properties other than a method and its arguments */
function targetFrom(target: { method: string; args?: unknown[] }): OptimisticUpdate['target'] {
  onlyOptions('the target of optimistic', target, { method: true, args: true });
  return { method: target.method, args: target.args ?? [] };
}

const prototypes = new WeakMap<ServiceDefinition, object>();

/** Creates the fluent interface of a target. */
export function createFluent(target: FluentTarget): object {
  const proxy = createProxy(target);
  let prototype = prototypes.get(target.definition);
  if (prototype === undefined) {
    prototype = prototypeOf(target.definition, Object.getPrototypeOf(proxy) as object);
    prototypes.set(target.definition, prototype);
  }
  return Object.create(prototype, Object.getOwnPropertyDescriptors(proxy)) as object;
}

function prototypeOf(definition: ServiceDefinition, members: object): object {
  const prototype = Object.create(members) as object;
  for (const [name, link] of Object.entries(links)) {
    if (definition.members.some((member) => member.name === name)) continue;
    Object.defineProperty(prototype, name, {
      value(this: object, given: never, more: never) {
        return linked(this, link(given, more));
      },
    });
  }
  return prototype;
}

function linked(proxy: object, settings: CallSettings): object {
  const target = targetOf(proxy) as FluentTarget | undefined;
  if (target?.with === undefined) throw new TypeError('expected a service from queryFluentInterface');
  return createFluent(target.with(merge(target.settings, settings)));
}

function merge(before: CallSettings, more: CallSettings): CallSettings {
  const optimistic = [...(before.optimistic ?? []), ...(more.optimistic ?? [])];
  return { ...before, ...more, ...(optimistic.length > 0 && { optimistic }) };
}

/**
 * Returns the same service with settings for every call made through it. Does the same as the chain, for services whose
 * methods have the names of its links.
 *
 * @throws TypeError when `service` is not from `queryFluentInterface`, or an option is wrong
 */
export function withQuery<S extends object>(service: S, options: QueryOptions<never, unknown> & MutationOptions): S {
  return linked(service, { ...none, ...settingsOf(options) }) as S;
}

/** The fluent interface of a service with a known type. */
export type Fluent<T> = FluentInterface<T>;
