import { knownOptions, type MethodName, onlyOptions, type QueryOptions } from '@omnitron-dev/netron-browser';
import { Injectable } from '@omnitron-dev/nexus';
import { NetronService } from './base/netron-service.js';
import { factsOf, mutationNames } from './metadata.js';
import type { Contract, DefaultMutateOptions, MutateOptions, ServiceClass } from './types.js';

/** Description of a service without a class of its own. */
export interface NetronServiceDescription<T> {
  /** Name on the backend, with or without version or range. */
  readonly name: string;
  /** Default: the default backend. */
  readonly backend?: string;
  /** Default options of queries. */
  readonly queries?: { readonly [M in MethodName<T>]?: QueryOptions };
  /** Default options of mutations. */
  readonly mutations?: { readonly [M in MethodName<T>]?: DefaultMutateOptions<Contract<T>, M> };
}

/**
 * Creates the class of a service without decorators. It needs no provider: `inject(UserService)` works in every application.
 *
 * ```ts
 * const UserService = defineNetronService<IUserService>({ name: 'users', queries: { getUsers: { cache: 60_000 } } });
 * ```
 *
 * @throws TypeError for unknown options
 */
export function defineNetronService<T extends object>(
  description: NetronServiceDescription<T>,
): new () => InstanceType<typeof NetronService<T>> {
  onlyOptions('defineNetronService', description, { name: true, backend: true, queries: true, mutations: true });
  const { name, backend, queries = {}, mutations = {} } = description;
  const Defined = class extends (NetronService as new () => object) {};
  Injectable({ providedIn: 'root' })(Defined);
  Object.defineProperty(Defined, 'name', { value: name });
  const facts = factsOf(Defined);
  facts.service = name;
  if (backend !== undefined) facts.backend = backend;
  for (const [method, options] of Object.entries<QueryOptions | undefined>(queries)) {
    if (options === undefined) continue;
    onlyOptions(`${name}.${method}`, options, knownOptions.call);
    facts.methods.set(method, { kind: 'query', options });
  }
  for (const [method, options] of Object.entries<MutateOptions<never> | undefined>(mutations)) {
    if (options === undefined) continue;
    onlyOptions(`${name}.${method}`, options, mutationNames());
    facts.methods.set(method, { kind: 'mutation', options });
  }
  return Defined as ServiceClass<object> as new () => InstanceType<typeof NetronService<T>>;
}
