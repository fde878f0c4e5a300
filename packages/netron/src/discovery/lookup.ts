/** Queries for services: answers from the catalog, and queries the registries before it returns nothing. */
import type { Clock } from '../util/clock.js';
import type { DiscoveryBackend } from './backend.js';
import { type Catalog, type QueryInput, readQuery } from './catalog.js';
import type { ServiceInfo } from './node-info.js';

/** Minimum milliseconds between two reads of the registries for queries without results. */
const lookAgainEvery = 100;

export class Lookup {
  readonly #catalog: Pick<Catalog, 'find'>;
  readonly #backends: readonly Pick<DiscoveryBackend, 'refresh'>[];
  readonly #clock: Pick<Clock, 'now'>;
  #lookedAt = 0;
  #looking: Promise<void> | undefined;

  constructor(catalog: Pick<Catalog, 'find'>, backends: readonly Pick<DiscoveryBackend, 'refresh'>[], clock: Pick<Clock, 'now'>) {
    this.#catalog = catalog;
    this.#backends = backends;
    this.#clock = clock;
  }

  /**
   * Returns the services that match a query.
   *
   * @throws NetronError `invalid_argument` for an invalid version or range
   */
  async find(given: QueryInput): Promise<readonly ServiceInfo[]> {
    const query = readQuery(given);
    if (query.fresh === true) await this.#refresh();
    const found = await this.#catalog.find(query);
    if (found.length > 0 || query.fresh === true) return found;
    // The service may have been announced a moment ago. The rate is limited, so that queries for missing services do not load the registries.
    await this.#lookAgain();
    return this.#catalog.find(query);
  }

  /** Queries the registries, at a limited rate; simultaneous queries without results share one read. */
  #lookAgain(): Promise<void> {
    const now = this.#clock.now();
    if (this.#looking === undefined || now - this.#lookedAt >= lookAgainEvery) {
      this.#lookedAt = now;
      this.#looking = this.#refresh();
    }
    return this.#looking;
  }

  async #refresh(): Promise<void> {
    await Promise.all(this.#backends.map((backend) => backend.refresh()));
  }
}
