/** The services of known nodes, by name: applies changes of nodes, answers queries. */
import { NetronError } from '../errors/netron-error.js';
import { isServiceName, noServiceName, splitServiceName } from '../service/declare/service-name.js';
import { parseServiceName } from '../service/declare/version.js';
import { described, isRecord } from '../util/check.js';
import { type NodeInfo, type ServiceInfo, type ServiceQuery, servicesOf } from './node-info.js';
import type { RegistryChange } from './registry.js';
import { type VersionFilter, versionFilter } from './version-filter.js';

/** Maximum number of queries whose results are cached until the next change. */
const keptQueries = 1_000;

interface Kept {
  readonly filter: VersionFilter;
  revision: number;
  services: readonly ServiceInfo[];
}

/** A query, or a string such as `users@^1.0.0`. */
export type QueryInput = string | ServiceQuery;

/**
 * Reads a query.
 *
 * @throws NetronError `invalid_argument` for an invalid name of a service, or labels or a version that are not strings
 */
export function readQuery(given: QueryInput): ServiceQuery {
  const query: Partial<ServiceQuery> | null = typeof given === 'string' ? { name: given } : given;
  if (typeof query?.name !== 'string')
    throw invalid(`query must be a service name or an object with a name, not ${described(query?.name ?? given)}`);
  const { name: asked } = splitServiceName(query.name);
  if (!isServiceName(asked)) throw invalid(noServiceName(asked));
  const { name, range } = parseServiceName(query.name);
  const { version = range, labels = {} } = query;
  if (version !== undefined && typeof version !== 'string')
    throw invalid(`query: version must be a string, not ${described(version)}`);
  if (!isRecord(labels) || Object.values(labels).some((label) => typeof label !== 'string'))
    throw invalid(`query: labels must be an object of strings`);
  return { ...query, name, ...(version !== undefined && { version }) };
}

const invalid = (message: string): NetronError => new NetronError('invalid_argument', message);

export class Catalog {
  readonly #byName = new Map<string, Map<string, ServiceInfo>>();
  readonly #kept = new Map<string, Kept>();
  #revision = 0;

  /** Applies a change of a node. Returns the services that were added. */
  update({ before, after }: RegistryChange): ServiceInfo[] {
    this.#revision += 1;
    const known = new Set<string>();
    for (const { name, id } of before === undefined ? [] : servicesOf(before)) {
      known.add(id);
      const services = this.#byName.get(name);
      services?.delete(id);
      if (services?.size === 0) this.#byName.delete(name);
    }
    const added: ServiceInfo[] = [];
    for (const service of after === undefined ? [] : servicesOf(after)) {
      const services = this.#byName.get(service.name) ?? new Map<string, ServiceInfo>();
      this.#byName.set(service.name, services);
      services.set(service.id, service);
      if (!known.has(service.id)) added.push(service);
    }
    return added;
  }

  /**
   * Returns the services that match a query, of nodes that accept calls. The same array while nothing changes.
   *
   * @throws NetronError `invalid_argument` for an invalid version or range
   */
  async find(query: ServiceQuery): Promise<readonly ServiceInfo[]> {
    const key = keyOf(query);
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      kept = { filter: await versionFilter(query.version), revision: -1, services: [] };
      const oldest = this.#kept.keys().next();
      if (this.#kept.size >= keptQueries && oldest.done !== true) this.#kept.delete(oldest.value);
      this.#kept.set(key, kept);
    }
    if (kept.revision !== this.#revision) {
      kept.services = this.#select(query, kept.filter);
      kept.revision = this.#revision;
    }
    return kept.services;
  }

  /** Returns all versions of a service that any node has. */
  named(name: string): ServiceInfo[] {
    return [...(this.#byName.get(name)?.values() ?? [])];
  }

  #select({ name, labels }: ServiceQuery, filter: VersionFilter): ServiceInfo[] {
    const usable = this.named(name).filter(({ node }) => node.status === 'up' && hasLabels(node, labels));
    const versions = filter([...new Set(usable.map(({ version }) => version))]);
    return usable.filter(({ version }) => versions.has(version));
  }
}

/** Whether a node has all of these labels. */
export function hasLabels(node: NodeInfo, labels: ServiceQuery['labels']): boolean {
  return Object.entries(labels ?? {}).every(([key, value]) => Object.hasOwn(node.labels, key) && node.labels[key] === value);
}

function keyOf({ name, version, labels }: ServiceQuery): string {
  if (labels === undefined) return version === undefined ? name : `${name}@${version}`;
  return JSON.stringify([name, version, Object.entries(labels).sort()]);
}
