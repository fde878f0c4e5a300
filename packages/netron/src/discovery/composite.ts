import { systemClock } from '#platform';
import { type HealthStatus, summarize } from '../util/health-status.js';
import type { ServiceInfo, ServiceQuery } from './node-info.js';
import type { ServiceDiscovery, ServiceRegistration } from './service-discovery.js';

/** A registry that may be read-only, such as `netron.discovery`. */
export type ReadableDiscovery = Pick<ServiceDiscovery, 'discover' | 'watch' | 'health'> &
  Partial<Pick<ServiceDiscovery, 'register' | 'unregister'>>;

/** Combines several registries: queries return the services of all of them, without duplicates, and registrations go to all of them. */
export class CompositeDiscovery implements ServiceDiscovery {
  readonly #all: readonly ReadableDiscovery[];

  /** @param discoveries in order of precedence where several describe the same service */
  constructor(discoveries: readonly ReadableDiscovery[]) {
    if (discoveries.length === 0) throw new TypeError('CompositeDiscovery requires at least one registry');
    this.#all = discoveries;
  }

  async register(service: ServiceRegistration): Promise<void> {
    await Promise.all(this.#all.map((one) => one.register?.(service)));
  }

  async unregister(id: string): Promise<void> {
    await Promise.all(this.#all.map((one) => one.unregister?.(id)));
  }

  /** Queries all registries. One that fails does not affect the others; rejects when all fail. */
  async discover(query: ServiceQuery): Promise<ServiceInfo[]> {
    const results = await Promise.allSettled(this.#all.map((one) => one.discover(query)));
    const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const [first] = results;
    if (found.length === 0 && first?.status === 'rejected') throw first.reason;
    return unique(found);
  }

  watch(query: ServiceQuery, callback: (services: ServiceInfo[]) => void): () => void {
    const seen: (readonly ServiceInfo[])[] = this.#all.map(() => []);
    const ends = this.#all.map((one, index) =>
      one.watch(query, (services) => {
        seen[index] = services;
        callback(unique(seen));
      }),
    );
    return () => {
      for (const end of ends) end();
    };
  }

  /** Returns the best status that any of them reports. */
  async health(id: string): Promise<HealthStatus> {
    const results = await Promise.allSettled(this.#all.map((one) => one.health(id)));
    const known = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const order = ['healthy', 'degraded', 'unhealthy'] as const;
    const [best] = known.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
    return (
      best ?? summarize({ registry: { healthy: false, critical: true, message: 'no registry answers' } }, systemClock.wall())
    );
  }
}

function unique(lists: readonly (readonly ServiceInfo[])[]): ServiceInfo[] {
  const services = new Map<string, ServiceInfo>();
  for (const service of lists.flat()) if (!services.has(service.id)) services.set(service.id, service);
  return [...services.values()];
}
