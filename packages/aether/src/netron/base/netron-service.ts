import type { FluentInterface, QueryOptions } from '@omnitron-dev/netron-browser';
import { type Container, inject, type Registered } from '@omnitron-dev/nexus';
import { startCheck } from '../../di/app.js';
import { checkBackend } from '../backends.js';
import { change, NetronClient, read } from '../client.js';
import { getMethodOptions } from '../metadata.js';
import { streamOf } from '../stream-of.js';
import type { Args, Contract, MutateOptions, NamedMethod, Optimistic, Result, ServiceClass } from '../types.js';
import { capture, takePassed } from './captured.js';

/** Members of every service in addition to those of its contract. */
export abstract class NetronBase<T extends object> {
  protected readonly netron: NetronClient = inject(NetronClient);

  /** @internal */
  static [startCheck](container: Container, provided: readonly Registered[]): void {
    // biome-ignore lint/complexity/noThisInStatic: the class of a service inherits it
    checkBackend(this as unknown as ServiceClass<object>, container, provided);
  }

  /** Returns the service with the fluent interface: `(await this.getService()).cache(60_000).find('7')`. */
  protected getService(): Promise<FluentInterface<T>> {
    const { peer, name } = this.netron.locate(classOf(this));
    return peer.queryFluentInterface<T>(name);
  }

  /** Queries a method, with its default options and the given ones. */
  protected query<M extends string>(
    method: NamedMethod<T, M>,
    args: Args<Contract<T>, M>,
    options: QueryOptions<Result<Contract<T>, M>> = {},
  ): Promise<Result<Contract<T>, M>> {
    const all = { ...defaultsOf(this, method), ...options } as QueryOptions<Result<Contract<T>, M>>;
    capture({ method, args: args as readonly unknown[], options: all as QueryOptions });
    const { peer, name } = this.netron.locate(classOf(this));
    return read(peer, name, method, args as readonly unknown[], all);
  }

  /** Calls a mutation, with its default options and the given ones. */
  protected mutate<M extends string, Q extends string = never, C = unknown>(
    method: NamedMethod<T, M>,
    args: Args<Contract<T>, M>,
    options: MutateOptions<
      Args<Contract<T>, M>,
      Result<Contract<T>, M>,
      Optimistic<Contract<T>, Q, Args<Contract<T>, M>, C>
    > = {},
  ): Promise<Result<Contract<T>, M>> {
    const { peer, name } = this.netron.locate(classOf(this));
    const all = { ...defaultsOf(this, method), ...options, ...takePassed(this) } as MutateOptions<
      readonly unknown[],
      Result<Contract<T>, M>
    >;
    return change(peer, name, method, args as readonly unknown[], all);
  }
}

/**
 * Base class of a service on a backend. A subclass has all methods of its contract, which call the backend. Hooks need no provider of it;
 * `inject()` finds it if a module lists it in `providers`.
 *
 * ```ts
 * class UserService extends NetronService<IUserService> {}
 * ```
 */
export const NetronService = NetronBase as unknown as abstract new <T extends object>() => NetronBase<T> & Contract<T>;

/** Names that runtimes, test tools and frameworks read from any object. They are never methods of a backend. */
const reserved = new Set([
  'then',
  'catch',
  'finally',
  'toJSON',
  'constructor',
  'onDispose',
  'onInit',
  'onDestroy',
  'dispose',
  'asymmetricMatch',
  'nodeType',
  'tagName',
  '$$typeof',
  '$$asyncIterable',
  'inspect',
  'window',
  'length',
]);

// Behind the prototype of the base: members of a class take precedence, and a missing one is a method of the backend.
Object.setPrototypeOf(
  NetronBase.prototype,
  new Proxy(Object.prototype, {
    get(target, name, receiver: NetronBase<Record<string, () => unknown>>) {
      if (typeof name === 'symbol' || name in target || reserved.has(name)) return Reflect.get(target, name, receiver);
      return generated(name);
    },
  }),
);

const methods = new Map<string, (this: NetronBase<object>, ...args: unknown[]) => Promise<unknown>>();

/** Returns the function that calls the backend method of a name; always the same one. */
function generated(name: string): (this: NetronBase<object>, ...args: unknown[]) => Promise<unknown> {
  let method = methods.get(name);
  if (method === undefined) {
    method = function (...args) {
      const facts = getMethodOptions(classOf(this), name);
      const self = this as unknown as {
        query(...given: unknown[]): Promise<unknown>;
        mutate(...given: unknown[]): Promise<unknown>;
      };
      return iterable(name, facts?.kind === 'query' ? self.query(name, args) : self.mutate(name, args));
    };
    // Names come from the sources of the program, so their number is limited.
    methods.set(name, method);
  }
  return method;
}

/** Makes a stream iterable without an `await`. Only the backend knows which methods return one. */
function iterable(method: string, answer: Promise<unknown>): Promise<unknown> {
  return Object.assign(answer, {
    async *[Symbol.asyncIterator]() {
      yield* streamOf(await answer, method);
    },
  });
}

/** Returns whether a class implements the method itself. */
export function isOverridden(service: object, method: string): boolean {
  for (let at: object | null = service; at !== null && at !== NetronBase.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, method)) return true;
  }
  return false;
}

const classOf = (service: object): ServiceClass<object> => service.constructor as unknown as ServiceClass<object>;

function defaultsOf(service: object, method: string): object {
  return getMethodOptions(classOf(service), method)?.options ?? {};
}
