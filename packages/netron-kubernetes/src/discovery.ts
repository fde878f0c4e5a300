/** Learns of the pods behind a service by its EndpointSlices. Pods are announced by Kubernetes itself. */
import { type BackendHost, Beats, type DiscoveryBackend } from '@omnitron-dev/netron/discovery';
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
  return new KubernetesBackend(readOptions(given));
}

class KubernetesBackend implements DiscoveryBackend {
  readonly name = 'kubernetes';
  readonly #options: ReadOptions;
  readonly #ended = new AbortController();
  readonly #slices = new Map<string, Slice>();
  #beats: Beats | undefined;
  #api: KubernetesApi | undefined;
  #listedAt = Number.NEGATIVE_INFINITY;
  #version = '';
  #watching: AbortController | undefined;
  #fresh = false;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  async start(host: BackendHost): Promise<void> {
    this.#api = new KubernetesApi(this.#options, host.clock);
    this.#beats = new Beats(host, () => this.#beat(host));
    this.#beats.start();
    await this.#beats.now();
  }

  announce(): void {}

  async refresh(): Promise<void> {
    this.#fresh = true;
    await this.#beats?.now().catch(() => {});
  }

  async stop(): Promise<void> {
    const beats = this.#beats;
    this.#beats = undefined;
    this.#ended.abort();
    this.#watching?.abort();
    await beats?.stop();
  }

  /** Lists when it is time for it, and sees that a watch runs. */
  async #beat(host: BackendHost): Promise<void> {
    const api = this.#api as KubernetesApi;
    const now = host.clock.now();
    if (this.#watching !== undefined && !this.#fresh && now - this.#listedAt < relist) return;
    this.#fresh = false;
    const { items, version } = await api.list(this.#ended.signal);
    this.#listedAt = now;
    this.#slices.clear();
    for (const item of items) this.#put(item);
    this.#tell(host);
    this.#watching?.abort();
    this.#version = version;
    void this.#watch(host, api);
  }

  /** Watches until the server ends it; watches again then, from the last event. */
  async #watch(host: BackendHost, api: KubernetesApi): Promise<void> {
    const ended = new AbortController();
    this.#watching = ended;
    const signal = AbortSignal.any([this.#ended.signal, ended.signal]);
    try {
      while (!signal.aborted) {
        const began = host.clock.now();
        await api.watch(this.#version, (event) => this.#take(host, event), signal);
        // A server that ends each watch at once is asked once per interval.
        if (host.clock.now() - began < host.interval) break;
      }
    } catch (error) {
      // What the watch would have said is too old: all is listed at once. Other failures are told by the next list.
      if (error instanceof StatusError && error.status === 410 && !signal.aborted) this.#beats?.soon(0);
    }
    if (this.#watching === ended) this.#watching = undefined;
  }

  #take(host: BackendHost, event: unknown): void {
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
    this.#tell(host);
  }

  #put(given: unknown): void {
    const slice = readSlice(given, this.#options.scheme, this.#options.port);
    if (slice === undefined) return;
    if (this.#slices.has(slice.name) || this.#slices.size < mostSlices) this.#slices.set(slice.name, slice);
  }

  #tell(host: BackendHost): void {
    // A pod may be in two slices for a moment, while it is moved from one to the other.
    host.view.replace([...this.#slices.values()].flatMap(({ records }) => records));
  }
}
