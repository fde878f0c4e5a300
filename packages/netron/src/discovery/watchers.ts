/** Watched queries: notifies each of the services that match, once per turn in which they have changed. */
import { NetronError } from '../errors/netron-error.js';
import type { Logger } from '../util/logger.js';
import type { Catalog } from './catalog.js';
import type { ServiceInfo, ServiceQuery } from './node-info.js';

/** A watched query. */
interface Watcher {
  readonly query: ServiceQuery;
  readonly callback: (services: ServiceInfo[]) => void;
  /** Called when nothing more follows. */
  readonly ended: (() => void) | undefined;
  last: readonly ServiceInfo[] | undefined;
}

export class Watchers {
  readonly #catalog: Pick<Catalog, 'find'>;
  readonly #logger: Pick<Logger, 'error'>;
  readonly #watchers = new Set<Watcher>();
  #notifying = false;

  constructor(catalog: Pick<Catalog, 'find'>, logger: Pick<Logger, 'error'>) {
    this.#catalog = catalog;
    this.#logger = logger;
  }

  /**
   * Calls `callback` soon, and after changes; returns a function that ends this.
   *
   * @param ended called when all watchers are ended; must not throw
   */
  add(query: ServiceQuery, callback: (services: ServiceInfo[]) => void, ended?: () => void): () => void {
    const watcher: Watcher = { query, callback, ended, last: undefined };
    this.#watchers.add(watcher);
    this.notify();
    return () => void this.#watchers.delete(watcher);
  }

  /** Call when the services may have changed. */
  notify(): void {
    if (this.#notifying || this.#watchers.size === 0) return;
    this.#notifying = true;
    queueMicrotask(() => {
      this.#notifying = false;
      for (const watcher of this.#watchers) void this.#tell(watcher);
    });
  }

  clear(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const { ended } of watchers) ended?.();
  }

  async #tell(watcher: Watcher): Promise<void> {
    try {
      const services = await this.#catalog.find(watcher.query);
      if (!this.#watchers.has(watcher) || (watcher.last !== undefined && same(watcher.last, services))) return;
      watcher.last = services;
      watcher.callback([...services]);
    } catch (error) {
      this.#logger.error({ error: NetronError.from(error).message }, 'discovery: a watcher failed');
    }
  }
}

function same(a: readonly ServiceInfo[], b: readonly ServiceInfo[]): boolean {
  return a.length === b.length && a.every((service, index) => service.node === b[index]?.node && service.id === b[index]?.id);
}
