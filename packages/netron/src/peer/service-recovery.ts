/** Looks up services in use again: on each new connection, and when a withdrawn one returns. */
import { NetronError } from '../errors/netron-error.js';
import { LazyMap } from '../util/lazy-map.js';
import type { ServiceBinding } from './binding.js';
import type { Link } from './link/link.js';
import { nameOf, type PeerServices, type Recovery, type ServedPeer } from './services.js';

export class ServiceRecovery implements Recovery {
  readonly #peer: ServedPeer;
  readonly #services: PeerServices;
  /** Bindings in use that are being looked up again. */
  readonly #sought = new LazyMap<ServiceBinding, Promise<void>>();

  constructor(peer: ServedPeer, services: PeerServices) {
    this.#peer = peer;
    this.#services = services;
  }

  async renew(link: Link): Promise<void> {
    await Promise.all(
      this.#services.bindings.map(async (binding) => {
        try {
          await this.#services.find(link, binding);
        } catch (error) {
          if (!NetronError.is(error, 'not_found')) throw error; // otherwise its calls report it
        }
      }),
    );
  }

  recover(link: Link): void {
    const services = this.#services;
    for (const binding of services.bindings) {
      if (binding.referenceOn(link) !== undefined || this.#sought.has(binding) || !services.has(nameOf(binding.query))) continue;
      const sought = services
        .find(link, binding)
        .then(() => {
          if (services.uses(binding)) return this.#peer.subscriptions.renew(link, binding);
        })
        .catch((error: unknown) => {
          if (link.open && !NetronError.is(error, 'not_found')) this.#peer.reportError(error);
        })
        .finally(() => this.#sought.delete(binding));
      this.#sought.set(binding, sought);
    }
  }

  async found(binding: ServiceBinding): Promise<void> {
    await this.#sought.get(binding);
  }
}
