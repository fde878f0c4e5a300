/** The services of one peer: those it has announced, and lookups of them. */
import { NetronError } from '../errors/netron-error.js';
import type { CallOptions } from '../service/call/options.js';
import { targetOf } from '../service/call/proxy.js';
import type { ServiceDefinition } from '../service/definition.js';
import { LazyMap } from '../util/lazy-map.js';
import { maxMembers } from '../wire/limits.js';
import { askUntilAnswered } from './asking.js';
import { type BindingPeer, ServiceBinding } from './binding.js';
import type { Link } from './link/link.js';
import type { PeerNode } from './peer-node.js';
import { Reference } from './references/reference.js';
import { systemCallee, systemMembers } from './system/members.js';

/** Characters of the longest `name@version`. */
const longestService = 256;

/** Finds the services in use again. */
export interface Recovery {
  /** Looks up all services in use on a new connection. */
  renew(link: Link): Promise<void>;
  /** Looks up services that were missing on this connection and have appeared: their proxies and subscriptions continue. */
  recover(link: Link): void;
  /** Resolves when the lookup of a returned service is over; never rejects. */
  found(binding: ServiceBinding): Promise<void>;
}

/** Support for services that are found again on another connection or after their return. */
export interface LastingServices {
  binding(peer: BindingPeer, query: string, found: object): ServiceBinding;
  recovery(peer: ServedPeer, services: PeerServices): Recovery;
}

/** The members of the peer that services use. */
export interface ServedPeer extends BindingPeer {
  readonly node: Pick<PeerNode, 'clock' | 'limits' | 'parts' | 'requestTimeout'> & {
    /** Absent: there is a single connection, and withdrawn services stay so. */
    readonly reconnect?: LastingServices;
  };
  readonly link: Link | undefined;
  readonly subscriptions: BindingPeer['subscriptions'] & { renew(link: Link, binding: ServiceBinding): Promise<void> };
  ready(options: CallOptions | undefined): Promise<Link>;
}

/** Result of a query, and the lookup for it. */
interface Named {
  binding: ServiceBinding | undefined;
  readonly found: Promise<ServiceBinding>;
}

export class PeerServices {
  /** Absent when services are not found again. */
  readonly recovery: Recovery | undefined;
  readonly #peer: ServedPeer;
  /** Services that the peer exposes, as `name@version`. */
  readonly #announced = new LazyMap<string, true>();
  /** Results of repeated queries. */
  readonly #named = new LazyMap<string, Named>();
  /** Every binding in use, including those whose name a newer one has taken. */
  readonly #live = new LazyMap<ServiceBinding, true>();
  /** For each lookup in progress, the services withdrawn meanwhile: its answer may name one of them. */
  readonly #lookUps = new LazyMap<Set<string>, true>();

  constructor(peer: ServedPeer) {
    this.#peer = peer;
    this.recovery = peer.node.reconnect?.recovery(peer, this);
  }

  /** Services that the peer exposes, as `name@version`. */
  get names(): string[] {
    return [...this.#announced.keys()];
  }

  /** Number of bindings in use. */
  get size(): number {
    return this.#live.size;
  }

  /** Whether the peer exposes a service; without a version, in any version. */
  has(name: string): boolean {
    if (this.#announced.has(name)) return true;
    return !name.includes('@') && this.names.some((service) => service.startsWith(`${name}@`));
  }

  /** Replaces the known services by those that a new connection announces. */
  begin(services: readonly string[]): void {
    this.#announced.clear();
    for (const service of services) if (service.length <= longestService) this.#announced.set(service, true);
  }

  /**
   * Handles services that the peer has announced or withdrawn. Withdrawn services receive no calls and deliver no events until a service
   * arrives that matches the same query.
   *
   * @throws NetronError `resource_exhausted` for more services than a node can have
   */
  change(added: readonly string[], withdrawn: readonly string[]): void {
    const most = Math.min(this.#peer.node.limits.elements, maxMembers);
    const removed = withdrawn.filter((service) => service.length <= longestService);
    for (const service of removed) {
      this.#announced.delete(service);
      this.#peer.link?.imports.withdraw(service);
    }
    for (const service of added) {
      if (service.length > longestService || this.#announced.size >= most) throw tooMany();
      this.#announced.set(service, true);
    }
    // The next query asks the peer again: a range may now mean another version.
    const names = new Set([...added, ...removed].map(nameOf));
    for (const query of this.#named.keys()) if (names.has(nameOf(query))) this.#named.delete(query);
    const gone = new Set(removed);
    for (const meanwhile of this.#lookUps.keys()) {
      for (const service of gone) meanwhile.add(service);
      if (meanwhile.size > most) throw tooMany();
    }
    for (const binding of this.#live.keys()) {
      if (!names.has(nameOf(binding.query))) continue;
      if (gone.has(idOf(binding.served))) binding.detach();
      if (binding.unused) binding.drop();
    }
  }

  /** Returns the binding for a query: the same one for all callers while it is in use. */
  async query(query: string): Promise<ServiceBinding> {
    for (;;) {
      const named = this.#named.get(query) ?? this.#bind(query);
      const binding = await named.found;
      // It may have been released in the meantime.
      if (this.#live.has(binding)) return binding;
    }
  }

  /** Whether the next identical query gets this binding. */
  isNamed(binding: ServiceBinding): boolean {
    return this.#named.get(binding.query)?.binding === binding;
  }

  /** The bindings in use. */
  get bindings(): ServiceBinding[] {
    return [...this.#live.keys()];
  }

  /** Whether a binding is in use. */
  uses(binding: ServiceBinding): boolean {
    return this.#live.has(binding);
  }

  /** Finds the service of a binding again. @throws NetronError `not_found` */
  find(link: Link, binding: ServiceBinding): Promise<void> {
    return this.#lookUp(link, binding.query, (found) => this.#attach(binding, found));
  }

  /** Detaches all bindings: the connection is gone. */
  detach(): void {
    for (const binding of this.#live.keys()) binding.detach();
  }

  /** Forgets a binding without holders. */
  forget(binding: ServiceBinding): void {
    this.#live.delete(binding);
    if (this.isNamed(binding)) this.#named.delete(binding.query);
  }

  /** Attaches a result to its binding, which may have been released meanwhile. */
  #attach(binding: ServiceBinding, found: object): void {
    if (!this.#live.has(binding)) return (targetOf(found) as Reference).giveBack(1);
    binding.attach(found);
    if (!binding.outgrown) return;
    // New lookups get the service as it is now; existing proxies continue with the members that match.
    if (this.isNamed(binding)) this.#named.delete(binding.query);
    if (binding.unused) binding.drop();
  }

  /**
   * Looks up a service: uses one announced in the hello, or asks the peer and reads its answer together with everything that came with it.
   *
   * @param use receives it synchronously: it may be withdrawn before code that awaits it runs
   */
  async #lookUp<T>(link: Link, query: string, use: (found: object) => T): Promise<T> {
    const advertised = link.imports.advertised(this.#meantBy(query));
    if (advertised !== undefined) return use(advertised);
    const gone = new Set<string>();
    this.#lookUps.set(gone, true);
    try {
      for (;;) {
        const found = await lookUp(link, query);
        const reference = targetOf(found) as Reference;
        if (!gone.delete(idOf(reference.definition))) return use(found);
        reference.giveBack(1);
      }
    } finally {
      this.#lookUps.delete(gone);
    }
  }

  /** Returns the only service that a query can mean: one with a full version, or the single released version of a name. */
  #meantBy(query: string): string {
    if (query.includes('@')) return query;
    const versions = this.names.filter((service) => nameOf(service) === query);
    return versions.length === 1 && !isPrerelease(versions[0] as string) ? (versions[0] as string) : '';
  }

  #bind(query: string): Named {
    const { reconnect } = this.#peer.node;
    const look = async (): Promise<ServiceBinding> => {
      try {
        const use = (found: object): ServiceBinding => {
          const binding = (reconnect?.binding ?? newBinding)(this.#peer, query, found);
          this.#live.set(binding, true);
          named.binding = binding;
          return binding;
        };
        return await askUntilAnswered(this.#peer, (link) => this.#lookUp(link, query, use));
      } catch (error) {
        if (this.#named.get(query) === named) this.#named.delete(query);
        throw error;
      }
    };
    const named: Named = { binding: undefined, found: Promise.resolve().then(look) };
    this.#named.set(query, named);
    return named;
  }
}

const newBinding: LastingServices['binding'] = (peer, query, found) => new ServiceBinding(peer, query, found);

async function lookUp(link: Link, query: string): Promise<object> {
  const proxy = await link.calls.call(systemCallee(systemMembers.query, `query ${query}`), [query]);
  if (targetOf(proxy) instanceof Reference) return proxy as object;
  throw new NetronError('internal', `the peer returned an invalid result for the query '${query}'`);
}

function tooMany(): NetronError {
  return new NetronError('resource_exhausted', 'too many announced services');
}

function idOf({ name, version }: ServiceDefinition): string {
  return `${name}@${version}`;
}

function isPrerelease(service: string): boolean {
  return /@[\d.]+-/.test(service);
}

/** Returns the name of a service, without its version. */
export function nameOf(service: string): string {
  const at = service.indexOf('@');
  return at < 0 ? service : service.slice(0, at);
}
