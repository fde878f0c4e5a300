/** The services of one node: stores them, and resolves queries for a name and a range of versions. */

import { NetronError } from '../errors/netron-error.js';
import { described } from '../util/check.js';
import { madeElsewhere } from '../util/copy.js';
import type { BoundService } from './call/bound-service.js';
import { checkRange, parseServiceName, resolveVersion } from './declare/version.js';
import type { ServiceDefinition } from './definition.js';
import type { ServiceBinder } from './service-binder.js';

/** Change of the registry: a service that was added, removed, or has replaced another. */
export interface RegistryChange {
  readonly added?: BoundService;
  readonly removed?: BoundService;
  /** Whether `added` has replaced `removed`, without a gap. */
  readonly replaced?: true;
}

/** Notified when services are added or removed. */
export type RegistryListener = (change: RegistryChange) => void;

/** Maximum number of cached queries, and the maximum length of one: spaces in a range are unlimited. */
const maxKnown = 1_024;
const longestKnown = 256;

export class ServiceRegistry {
  /** Returns the bound service of any object, exposed or not; `undefined` when it is not a service. */
  readonly bind: ServiceBinder;
  readonly #services = new Map<string, Map<string, BoundService>>();
  readonly #listener: RegistryListener;
  /** Cached results of queries for callers that see every service, until something changes. */
  readonly #known = new Map<string, BoundService>();
  /** All services, as `name@version`, cached until something changes. */
  #names: readonly string[] | undefined;

  constructor(bind: ServiceBinder, listener: RegistryListener) {
    this.bind = bind;
    this.#listener = (change) => {
      this.#known.clear();
      this.#names = undefined;
      listener(change);
    };
  }

  /** Returns the cached result of a query for callers that see every service; `undefined` if it has not been resolved since the last change. */
  known(query: string): BoundService | undefined {
    return this.#known.get(query);
  }

  /**
   * Exposes a service to peers.
   *
   * @throws TypeError when the object is not a service
   * @throws NetronError `already_exists` when the same name and version is exposed
   */
  expose(target: object): BoundService {
    const bound = this.#bindService(target);
    const { name, version } = bound.definition;
    const versions = this.#versions(name);
    if (versions.has(version)) throw new NetronError('already_exists', `service '${name}@${version}' is already exposed`);
    versions.set(version, bound);
    this.#listener({ added: bound });
    return bound;
  }

  /**
   * Exposes a service in place of the one with the same name and version, if there is one.
   *
   * @returns the service, and the one that it replaced
   * @throws TypeError when the object is not a service
   */
  replace(target: object): { bound: BoundService; before: BoundService | undefined } {
    const bound = this.#bindService(target);
    const { name, version } = bound.definition;
    const versions = this.#versions(name);
    const before = versions.get(version);
    if (before === bound) return { bound, before: undefined };
    versions.set(version, bound);
    this.#listener(before === undefined ? { added: bound } : { added: bound, removed: before, replaced: true });
    return { bound, before };
  }

  #versions(name: string): Map<string, BoundService> {
    const versions = this.#services.get(name) ?? new Map<string, BoundService>();
    this.#services.set(name, versions);
    return versions;
  }

  /** @throws TypeError when the object is not a service */
  #bindService(target: object): BoundService {
    const bound = this.bind(target);
    if (bound === undefined) {
      const elsewhere = typeof target === 'object' && target !== null ? madeElsewhere(target) : undefined;
      if (elsewhere !== undefined) throw new TypeError(`the service given to exposeService ${elsewhere}`);
      throw new TypeError(
        `exposeService: expected an instance of a class with @Service, or a result of defineService or createService, got ${described(target)}`,
      );
    }
    return bound;
  }

  /**
   * Removes services: calls in flight end normally, later ones get `not_found`. Without a version, removes all versions.
   *
   * @returns the removed services
   * @throws NetronError `invalid_argument` when the text after `@` is not a version or range
   */
  async conceal(query: string): Promise<BoundService[]> {
    const { name, range } = parseServiceName(query);
    await checkRange(range);
    const versions = this.#services.get(name);
    if (versions === undefined) return [];
    const chosen = range === undefined ? [...versions.keys()] : [await resolveVersion([...versions.keys()], range)];
    const removed = chosen.flatMap((version) => versions.get(version ?? '') ?? []);
    for (const bound of removed) {
      versions.delete(bound.definition.version);
      this.#listener({ removed: bound });
    }
    if (versions.size === 0) this.#services.delete(name);
    return removed;
  }

  /**
   * Returns the service that serves a request, among those exposed now.
   *
   * @param sees whether the caller sees a service. Default: it sees all
   * @throws NetronError `not_found`, the same whether the service is hidden, unknown, or exists only in other versions;
   *   `invalid_argument` when the text after `@` is not a version or range
   */
  async resolve(query: string, sees?: (bound: BoundService) => boolean): Promise<BoundService> {
    const { name, range } = parseServiceName(query);
    await checkRange(range);
    const versions = this.#services.get(name);
    const seen = versions && [...versions].flatMap(([version, bound]) => (sees?.(bound) === false ? [] : [version]));
    const version = seen && (await resolveVersion(seen, range));
    const bound = version === undefined ? undefined : versions?.get(version);
    if (bound === undefined) throw new NetronError('not_found', `no service '${query.slice(0, 256)}'`);
    // The service may have been removed while the version was resolved.
    const room = this.#known.size < maxKnown && query.length <= longestKnown;
    if (sees === undefined && room && this.exposes(bound)) this.#known.set(query, bound);
    return bound;
  }

  /** Whether exactly this service is exposed. */
  exposes({ definition: { name, version }, target }: BoundService): boolean {
    return this.#services.get(name)?.get(version)?.target === target;
  }

  /** All services, as `name@version`: the same array until something changes. */
  get names(): readonly string[] {
    this.#names ??= this.listed(() => true);
    return this.#names;
  }

  /** Returns the services that `chosen` accepts, as `name@version`. */
  listed(chosen: (definition: ServiceDefinition) => boolean): string[] {
    const all = [...this.list()].filter(({ definition }) => chosen(definition));
    return all.map(({ definition }) => `${definition.name}@${definition.version}`);
  }

  *list(): Generator<BoundService> {
    for (const versions of this.#services.values()) yield* versions.values();
  }
}
