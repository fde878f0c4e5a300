import type { BackendHost, DiscoveryBackend } from './backend.js';
import type { NodeInfo } from './node-info.js';

interface Lease {
  record: string;
  instance: string;
  /** End of the lease, on the clock of the node that checks it. */
  end: number;
}

/** A registry within one process, for tests and for nodes that share a process. */
export class MemoryRegistry {
  readonly #namespaces = new Map<string, Map<string, Lease>>();
  readonly #listeners = new Set<MemoryBackend>();
  /** Set it to make every backend of this registry fail, like a store that cannot be reached. */
  failure: Error | undefined;

  /** Returns the nodes of a namespace, by id. */
  nodes(namespace: string): Map<string, Lease> {
    const nodes = this.#namespaces.get(namespace) ?? new Map<string, Lease>();
    this.#namespaces.set(namespace, nodes);
    return nodes;
  }

  /** Forgets everything, like a store that was emptied. */
  clear(): void {
    this.#namespaces.clear();
  }

  /** @internal */
  join(backend: MemoryBackend): void {
    this.#listeners.add(backend);
  }

  /** @internal */
  leave(backend: MemoryBackend): void {
    this.#listeners.delete(backend);
  }

  /** @internal Notifies the nodes of a namespace that one of them was announced, has changed or has left. */
  changed(namespace: string, id: string): void {
    const record = this.nodes(namespace).get(id)?.record;
    for (const listener of this.#listeners) listener.hear(namespace, id, record);
  }
}

/** Returns a backend that announces a node in a registry of this process. */
export function memoryDiscovery(registry: MemoryRegistry): DiscoveryBackend {
  return new MemoryBackend(registry);
}

class MemoryBackend implements DiscoveryBackend {
  readonly name = 'memory';
  readonly trusted = true;
  readonly #registry: MemoryRegistry;
  #host: BackendHost | undefined;
  #timer: unknown;
  /** The description that was announced last. */
  #own: NodeInfo | undefined;
  #conflict = false;

  constructor(registry: MemoryRegistry) {
    this.#registry = registry;
  }

  async start(host: BackendHost): Promise<void> {
    this.#host = host;
    this.#registry.join(this);
    this.#beat();
    this.#arm(host);
    if (this.#registry.failure !== undefined) throw this.#registry.failure;
  }

  announce(): void {
    this.#beat();
  }

  async refresh(): Promise<void> {
    this.#read();
  }

  async stop(): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    this.#host = undefined;
    host.clock.clearTimeout(this.#timer);
    this.#registry.leave(this);
    if (this.#own === undefined || this.#conflict || this.#registry.failure !== undefined) return;
    this.#registry.nodes(host.namespace).delete(this.#own.id);
    this.#registry.changed(host.namespace, this.#own.id);
  }

  /** Receives the current record of a node; `undefined` when it has left. */
  hear(namespace: string, id: string, record: string | undefined): void {
    const host = this.#host;
    if (host === undefined || host.namespace !== namespace || this.#registry.failure !== undefined) return;
    if (record === undefined) host.view.remove(id);
    else host.view.put(record);
  }

  /** Reports all records to the view. */
  #read(): void {
    const host = this.#host;
    if (host === undefined || this.#registry.failure !== undefined) return;
    host.view.replace([...this.#registry.nodes(host.namespace).values()].map(({ record }) => record));
  }

  #arm(host: BackendHost): void {
    const spread = 0.9 + 0.2 * host.random();
    this.#timer = host.clock.setTimeout(
      () => {
        this.#beat();
        if (this.#host !== undefined) this.#arm(host);
      },
      host.interval * spread,
      true,
    );
  }

  #beat(): void {
    const host = this.#host;
    if (host === undefined) return;
    const { failure } = this.#registry;
    if (failure !== undefined) {
      host.view.down(failure);
      return;
    }
    host.view.up();
    const nodes = this.#registry.nodes(host.namespace);
    this.#renew(host, nodes);
    for (const id of sweep(nodes, host.clock.now())) this.#registry.changed(host.namespace, id);
    // The registry may have been emptied, or other nodes have changed while it could not be reached.
    this.#read();
  }

  /** Renews the announcement; notifies others if it has changed. */
  #renew(host: BackendHost, nodes: Map<string, Lease>): void {
    const own = host.own();
    if (own.addresses.length === 0 || this.#conflict) return;
    const known = nodes.get(own.id);
    if (known !== undefined && known.instance !== own.instance && this.#own !== undefined) {
      this.#conflict = true;
      host.conflict(known.instance);
      return;
    }
    this.#own = own;
    const record = JSON.stringify(own);
    nodes.set(own.id, { record, instance: own.instance, end: host.clock.now() + host.ttl });
    if (known?.record !== record) this.#registry.changed(host.namespace, own.id);
  }
}

/** Removes nodes whose lease has ended; returns their ids. */
function sweep(nodes: Map<string, Lease>, now: number): string[] {
  const ended = [...nodes].filter(([, { end }]) => end <= now).map(([id]) => id);
  for (const id of ended) nodes.delete(id);
  return ended;
}
