/** Services exposed on a node, its own and those of peers that may expose some: adds them and removes them again. */

import { NetronError } from '../errors/netron-error.js';
import { keep, Reference } from '../peer/references/reference.js';
import { RemotePeer } from '../peer/remote-peer.js';
import type { BoundService } from '../service/call/bound-service.js';
import { currentCall } from '../service/call/current-call.js';
import { targetOf } from '../service/call/proxy.js';
import { exposeObject } from '../service/declare/exposed.js';
import { makeExposure } from '../service/declare/exposure.js';
import type { ServiceDefinition } from '../service/definition.js';
import { attachServiceHost, type ServiceHost } from '../service/emitter.js';
import type { ServiceRegistry } from '../service/registry.js';
import { described } from '../util/check.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';

/** A service of a peer that is exposed here. */
interface ExposedService {
  readonly peer: RemotePeer;
  /** Its proxy on the peer's latest connection. */
  service: object;
}

/** Options of `exposeService`. */
export interface ExposeOptions {
  /** Replaces the service with the same name and version, if there is one, without a gap. Default `false`. */
  readonly replace?: boolean;
}

const names: OptionNames<ExposeOptions> = { replace: true };

export class HostedServices {
  readonly #netron: object;
  readonly #services: ServiceRegistry;
  readonly #allowRemote: boolean;
  /** Services that peers have exposed here, by `name@version`. */
  readonly #owners = new Map<string, ExposedService>();
  readonly #hosts = new Map<object, () => void>();

  constructor(netron: object, services: ServiceRegistry, allowRemote: boolean) {
    this.#netron = netron;
    this.#services = services;
    this.#allowRemote = allowRemote;
  }

  /** @throws TypeError for unknown options */
  async expose(service: object, options: ExposeOptions = {}): Promise<void> {
    checkOptions('exposeService', options, names);
    const { replace = false } = options;
    const { bound, before } = replace
      ? this.#services.replace(service)
      : { bound: this.#services.expose(service), before: undefined };
    if (replace && this.#hosts.has(service)) return;
    if (before !== undefined) this.#release(before);
    const host: ServiceHost = {
      netron: this.#netron,
      getConnection: () => connectionOf(currentCall()?.peer),
      serves() {
        const member = currentCall()?.member;
        return member !== undefined && bound.byName.get(member.name) === member;
      },
      shared() {
        for (const member of bound.members) member.usesContext = true;
      },
    };
    this.#hosts.set(service, attachServiceHost(service, host));
  }

  async conceal(name: string): Promise<void> {
    for (const bound of await this.#services.conceal(name)) this.#release(bound);
  }

  /** Releases a service that is no longer exposed. */
  #release({ target, definition }: BoundService): void {
    this.#hosts.get(target)?.();
    this.#hosts.delete(target);
    const id = `${definition.name}@${definition.version}`;
    targetOf(this.#owners.get(id)?.service)?.dispose();
    this.#owners.delete(id);
  }

  /**
   * Exposes a service of a peer on this node: calls to it are forwarded to the peer. When the peer exposes it again over another
   * connection, calls go there.
   */
  async exposeFor(peer: RemotePeer, service: unknown): Promise<void> {
    if (!this.#allowRemote)
      throw new NetronError('permission_denied', 'this node does not accept services of peers (option allowRemoteServices)');
    const to = targetOf(service);
    if (to === undefined || typeof service === 'function')
      throw new NetronError('invalid_argument', `expected a service, got ${described(service)}`);
    const { name, version, members } = to.definition;
    const id = `${name}@${version}`;
    const before = this.#owners.get(id);
    const last = before?.peer === peer ? targetOf(before.service) : undefined;
    if (before !== undefined && last instanceof Reference && to instanceof Reference && to.link !== last.link) {
      if (sameMembers(last.definition, to.definition)) {
        before.service = keep(service as object);
        last.dispose();
        return;
      }
      await this.conceal(id);
      if (peer.state === 'closed') throw new NetronError('canceled', 'the peer has disconnected');
    }
    const hosted: ExposedService = { peer, service: service as object };
    const target = { hosted };
    const exposed = members.map((member, number) => ({
      ...member,
      middleware: [],
      invoke: (...args: unknown[]) => targetOf(hosted.service)?.invoke(number, args, undefined),
    }));
    exposeObject(target, makeExposure({ name, version }, exposed, []));
    this.#services.expose(target);
    this.#owners.set(id, hosted);
    keep(service);
  }

  /**
   * Removes a service that the peer has exposed; services of others are `not_found` for it.
   *
   * @param link connection of the request: a service that the peer has since exposed on another connection stays
   */
  async concealFor(peer: RemotePeer, name: string, link: object): Promise<void> {
    const own = [...this.#owners].filter(([id, owner]) => {
      if (owner.peer !== peer || (id !== name && !id.startsWith(`${name}@`))) return false;
      const to = targetOf(owner.service);
      return !(to instanceof Reference) || to.link === link;
    });
    if (own.length === 0) throw new NetronError('not_found', `no service '${name.slice(0, 256)}'`);
    for (const [id] of own) await this.conceal(id);
  }

  /** Removes the services of a peer that will not come back. */
  async peerLeft(peer: RemotePeer): Promise<void> {
    for (const [id, owner] of [...this.#owners]) if (owner.peer === peer) await this.conceal(id);
  }

  async close(): Promise<void> {
    for (const off of this.#hosts.values()) off();
    this.#hosts.clear();
  }
}

function sameMembers(a: ServiceDefinition, b: ServiceDefinition): boolean {
  return (
    a.members.length === b.members.length &&
    a.members.every(({ name, kind }, at) => b.members[at]?.name === name && b.members[at]?.kind === kind)
  );
}

function connectionOf(peer: unknown): RemotePeer {
  if (peer instanceof RemotePeer) return peer;
  throw new NetronError('failed_precondition', 'getConnection() must be called in a call that arrived over a connection');
}
