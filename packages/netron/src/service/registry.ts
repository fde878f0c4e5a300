/** The services of one node: receives instances, answers requests for a name and a range of versions. */

import { NetronError } from '../errors/netron-error.js';
import { described } from '../util/check.js';
import { madeElsewhere } from '../util/copy.js';
import type { BoundService } from './call/bound-service.js';
import { checkRange, parseServiceName, resolveVersion } from './declare/version.js';
import type { ServiceDefinition } from './definition.js';
import type { ServiceBinder } from './service-binder.js';

/** A service that came, one that went, or one that took the place of another. */
export interface RegistryChange {
  readonly added?: BoundService;
  readonly removed?: BoundService;
  /** `added` has taken the place of `removed`, without a moment in between. */
  readonly replaced?: true;
}

/** Told when services come and go. */
export type RegistryListener = (change: RegistryChange) => void;

/** Queries that are remembered, and the characters of the longest of them: blanks around a range have no end. */
const mostKnown = 1_024;
const longestKnown = 256;

export class ServiceRegistry {
  /** Returns the bound service of any object, exposed or not; `undefined` when it is no service. */
  readonly bind: ServiceBinder;
  readonly #services = new Map<string, Map<string, BoundService>>();
  readonly #listener: RegistryListener;
  /** Meaning of queries for callers that see everything, until something changes. */
  readonly #known = new Map<string, BoundService>();
  /** All services, as `name@version`, until something changes. */
  #names: readonly string[] | undefined;

  constructor(bind: ServiceBinder, listener: RegistryListener) {
    this.bind = bind;
    this.#listener = (change) => {
      this.#known.clear();
      this.#names = undefined;
      listener(change);
    };
  }

  /** Returns what a query means to whoever sees everything, if it was asked for since the last change. */
  known(query: string): BoundService | undefined {
    return this.#known.get(query);
  }

  /**
   * Makes a service available to peers.
   *
   * @throws TypeError when the object is no service
   * @throws NetronError `already_exists` when the same name and version is exposed
   */
  expose(target: object): BoundService {
    const bound = this.#bindService(target);
    const { name, version } = bound.definition;
    const versions = this.#versions(name);
    if (versions.has(version)) throw new NetronError('already_exists', `service '${name}@${version}' is exposed already`);
    versions.set(version, bound);
    this.#listener({ added: bound });
    return bound;
  }

  /**
   * Makes a service available in place of the one with the same name and version, if there is one.
   *
   * @returns the service, and the one before
   * @throws TypeError when the object is no service
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

  /** @throws TypeError when the object is no service */
  #bindService(target: object): BoundService {
    const bound = this.bind(target);
    if (bound === undefined) {
      const elsewhere = typeof target === 'object' && target !== null ? madeElsewhere(target) : undefined;
      if (elsewhere !== undefined) throw new TypeError(`the service given to exposeService ${elsewhere}`);
      throw new TypeError(
        `exposeService needs an instance of a class with @Service, or a result of defineService or createService, not ${described(target)}`,
      );
    }
    return bound;
  }

  /**
   * Takes services away: calls that run end normally, later ones find nothing. Without version, all versions.
   *
   * @returns those that were there
   * @throws NetronError `invalid_argument` when what follows the `@` is no version or range
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
   * The service that serves a request, chosen among what is exposed now.
   *
   * @param sees whether it is there for whoever asks. Default: all are
   * @throws NetronError `not_found`, the same whether the service is hidden, unknown, or there in other versions only;
   *   `invalid_argument` when what follows the `@` is no version or range
   */
  async resolve(query: string, sees?: (bound: BoundService) => boolean): Promise<BoundService> {
    const { name, range } = parseServiceName(query);
    await checkRange(range);
    const versions = this.#services.get(name);
    const seen = versions && [...versions].flatMap(([version, bound]) => (sees?.(bound) === false ? [] : [version]));
    const version = seen && (await resolveVersion(seen, range));
    const bound = version === undefined ? undefined : versions?.get(version);
    if (bound === undefined) throw new NetronError('not_found', `no service '${query.slice(0, 256)}'`);
    // It may have gone while a version was chosen.
    const room = this.#known.size < mostKnown && query.length <= longestKnown;
    if (sees === undefined && room && this.exposes(bound)) this.#known.set(query, bound);
    return bound;
  }

  /** Whether this very service is exposed. */
  exposes({ definition: { name, version }, target }: BoundService): boolean {
    return this.#services.get(name)?.get(version)?.target === target;
  }

  /** All services, as `name@version`: the same list until something changes. */
  get names(): readonly string[] {
    this.#names ??= this.listed(() => true);
    return this.#names;
  }

  /** Services that `chosen` says yes to, as `name@version`. */
  listed(chosen: (definition: ServiceDefinition) => boolean): string[] {
    const all = [...this.list()].filter(({ definition }) => chosen(definition));
    return all.map(({ definition }) => `${definition.name}@${definition.version}`);
  }

  *list(): Generator<BoundService> {
    for (const versions of this.#services.values()) yield* versions.values();
  }
}
