/** Learns of the pods behind a service by its EndpointSlices. Pods are announced by Kubernetes itself. */
import { type DiscoveryBackend, type Store, type StoreHost, storeBackend } from '@omnitron-dev/netron/discovery';
import { KubernetesApi, StatusError } from './api.js';
import { type KubernetesOptions, type ReadOptions, readOptions } from './options.js';
import { readSlice, type Slice } from './slices.js';

/** EndpointSlices at most; more are left out. */
const mostSlices = 1_000;
/** Milliseconds after which everything is listed again although the watch goes on. */
const relist = 300_000;

/**
 * Finds nodes in Kubernetes. Needs the right to list and watch `endpointslices` of the group `discovery.k8s.io`.
 *
 * @param given `kubernetes://namespace/service`, or options
 */
export function kubernetesDiscovery(given: string | KubernetesOptions): DiscoveryBackend {
  const options = readOptions(given);
  return storeBackend('kubernetes', (host) => new KubernetesStore(options, host));
}

class KubernetesStore implements Store {
  readonly #host: StoreHost;
  readonly #options: ReadOptions;
  readonly #api: KubernetesApi;
  readonly #slices = new Map<string, Slice>();
  #listedAt = Number.NEGATIVE_INFINITY;
  #version = '';
  #watching: AbortController | undefined;

  constructor(options: ReadOptions, host: StoreHost) {
    this.#options = options;
    this.#host = host;
    this.#api = new KubernetesApi(options, host.clock);
  }

  /** Lists when it is time for it, and sees that a watch runs. */
  async beat(asked: boolean): Promise<void> {
    const now = this.#host.clock.now();
    if (this.#watching !== undefined && !asked && now - this.#listedAt < relist) return;
    const { items, version } = await this.#api.list(this.#host.ended);
    this.#listedAt = now;
    this.#slices.clear();
    for (const item of items) this.#put(item);
    this.#tell();
    this.#watching?.abort();
    this.#version = version;
    if (!this.#host.ended.aborted) void this.#watch();
  }

  /** Watches until the server ends it; watches again then, from the last event. */
  async #watch(): Promise<void> {
    const { clock, interval } = this.#host;
    const ended = new AbortController();
    this.#watching = ended;
    const signal = AbortSignal.any([this.#host.ended, ended.signal]);
    try {
      while (!signal.aborted) {
        const began = clock.now();
        await this.#api.watch(this.#version, (event) => this.#take(event), signal);
        // A server that ends each watch at once is asked once per interval.
        if (clock.now() - began < interval) break;
      }
    } catch (error) {
      // What the watch would have said is too old: all is listed at once. Other failures are told by the next list.
      if (error instanceof StatusError && error.status === 410 && !signal.aborted) this.#host.soon(0);
    }
    if (this.#watching === ended) this.#watching = undefined;
  }

  #take(event: unknown): void {
    const { type, object } = (event ?? {}) as {
      type?: unknown;
      object?: { code?: unknown; metadata?: { resourceVersion?: unknown } };
    };
    if (type === 'ERROR') throw new StatusError(Number(object?.code), 'the watch has ended');
    const version = object?.metadata?.resourceVersion;
    if (typeof version === 'string') this.#version = version;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') {
      const slice = readSlice(object, this.#options.scheme, this.#options.port);
      if (slice !== undefined) this.#slices.delete(slice.name);
    } else this.#put(object);
    this.#tell();
  }

  #put(given: unknown): void {
    const slice = readSlice(given, this.#options.scheme, this.#options.port);
    if (slice === undefined) return;
    if (this.#slices.has(slice.name) || this.#slices.size < mostSlices) this.#slices.set(slice.name, slice);
  }

  #tell(): void {
    // A pod may be in two slices for a moment, while it is moved from one to the other.
    this.#host.view.replace([...this.#slices.values()].flatMap(({ records }) => records));
  }
}
