/** Services of this node that it has exposed on one peer: exposed again on each connection. */
import { LazyMap } from '../util/lazy-map.js';
import type { AskedPeer } from './asking.js';
import type { CallSender } from './calls/call-sender.js';
import type { PeerNode } from './peer-node.js';
import { type AskedSystem, askSystem } from './system/call-system.js';
import { systemCallee, systemMembers } from './system/members.js';

/** The members of the peer that such services use. */
export interface ExposingPeer extends AskedPeer<AskedSystem> {
  readonly node: AskedPeer<AskedSystem>['node'] & { readonly services: Pick<PeerNode['services'], 'bind'> };
  /** Reports a failure that no caller awaits. */
  reportError(error: unknown): void;
}

export class ExposedServices {
  readonly #peer: ExposingPeer;
  /** By `name@version`. */
  readonly #exposed = new LazyMap<string, object>();

  constructor(peer: ExposingPeer) {
    this.#peer = peer;
  }

  get size(): number {
    return this.#exposed.size;
  }

  /** @throws NetronError `permission_denied`, `already_exists` */
  async expose(service: object): Promise<void> {
    await askSystem(this.#peer, systemMembers.expose, [service], 'expose');
    const definition = this.#peer.node.services.bind(service)?.definition;
    if (definition !== undefined) this.#exposed.set(`${definition.name}@${definition.version}`, service);
  }

  async conceal(name: string): Promise<void> {
    await askSystem(this.#peer, systemMembers.conceal, [name], 'conceal');
    for (const id of this.#exposed.keys()) if (id === name || id.startsWith(`${name}@`)) this.#exposed.delete(id);
  }

  /** Exposes them on a new link. */
  renew(calls: CallSender): void {
    for (const service of this.#exposed.values()) {
      const callee = systemCallee(systemMembers.expose, 'expose');
      calls.call(callee, [service]).catch((error: unknown) => this.#peer.reportError(error));
    }
  }
}
