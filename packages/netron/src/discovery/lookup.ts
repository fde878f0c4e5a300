/** Queries for services: answers from the catalog, and asks the registries again before it finds nothing. */
import type { Clock } from '../util/clock.js';
import type { DiscoveryBackend } from './backend.js';
import { type Catalog, type QueryInput, readQuery } from './catalog.js';
import type { ServiceInfo } from './node-info.js';

/** Milliseconds between two looks at the registries for queries that found nothing. */
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
   * Returns the services that fit a query.
   *
   * @throws NetronError `invalid_argument` for what is no version and no range
   */
  async find(given: QueryInput): Promise<readonly ServiceInfo[]> {
    const query = readQuery(given);
    if (query.fresh === true) await this.#refresh();
    const found = await this.#catalog.find(query);
    if (found.length > 0 || query.fresh === true) return found;
    // The service may have been announced a moment ago. Those who ask for what is not there do not load the registries.
    await this.#lookAgain();
    return this.#catalog.find(query);
  }

  /** Asks the registries, for all who find nothing at the same time together, and so often at most. */
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
