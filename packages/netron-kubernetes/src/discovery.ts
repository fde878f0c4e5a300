/** Discovers the pods of a service by its EndpointSlices. Kubernetes itself announces the pods. */
import { type DiscoveryBackend, type Store, type StoreHost, storeBackend } from '@omnitron-dev/netron/discovery';
import { KubernetesApi, StatusError } from './api.js';
import { type KubernetesOptions, type ReadOptions, readOptions } from './options.js';
import { recordOf, versionOf } from './read.js';
import { type LeftOut, podsOf, readSlice, type Slice, type SliceReader } from './slices.js';

/** Most EndpointSlices; further ones are left out. */
const maxSlices = 1_000;
/** Milliseconds after which everything is listed again even while a watch runs. */
const relist = 300_000;

/**
 * Finds nodes in Kubernetes. Needs permission to list and watch `endpointslices` of the group `discovery.k8s.io`.
 *
 * @param given `kubernetes://namespace/service`, or options
 */
export function kubernetesDiscovery(given: string | KubernetesOptions): DiscoveryBackend {
  const options = readOptions(given);
  return storeBackend('kubernetes', (host) => new KubernetesStore(options, host), { scheme: options.scheme });
}

class KubernetesStore implements Store {
  readonly #host: StoreHost;
  readonly #reader: SliceReader;
  readonly #api: KubernetesApi;
  readonly #slices = new Map<string, Slice>();
  /** Pods that were reported to the view, by id. */
  #told = new Map<string, string>();
  /** Endpoints that were left out and counted. */
  #leftOut: LeftOut = new Map();
  #listedAt = Number.NEGATIVE_INFINITY;
  #version = '';
  #watching: AbortController | undefined;
  /** Whether it was logged that watching is refused. */
  #warned = false;

  constructor(options: ReadOptions, host: StoreHost) {
    this.#host = host;
    this.#reader = options;
    this.#api = new KubernetesApi(options, host);
  }

  /** Lists when it is due, and makes sure that a watch runs. */
  async beat(asked: boolean): Promise<void> {
    const now = this.#host.clock.now();
    if (this.#watching !== undefined && !asked && now - this.#listedAt < relist) return;
    const { items, version } = await this.#api.list();
    this.#listedAt = now;
    this.#slices.clear();
    for (const item of items) this.#put(item);
    this.#told.clear();
    this.#tell();
    this.#watching?.abort();
    this.#version = version;
    if (!this.#host.ended.aborted) void this.#watch();
  }

  close(): void {
    this.#watching?.abort();
  }

  /** Watches until the server ends the watch, then continues from the last event. */
  async #watch(): Promise<void> {
    const { clock, interval } = this.#host;
    const ended = new AbortController();
    this.#watching = ended;
    const { signal } = ended;
    try {
      while (!signal.aborted) {
        const began = clock.now();
        await this.#api.watch(this.#version, (events) => this.#take(events), signal);
        // A server that ends each watch at once is asked once per interval.
        if (clock.now() - began < interval) break;
      }
    } catch (error) {
      if (error instanceof StatusError && !signal.aborted) this.#refused(error);
    }
    if (this.#watching === ended) this.#watching = undefined;
  }

  /** Handles a refused watch. The next list reports failures of the connection. */
  #refused({ status, message }: StatusError): void {
    const { clock, interval, logger } = this.#host;
    // The events of the watch would be too old: list everything at once, unless that was just done.
    if (status === 410 && clock.now() - this.#listedAt >= interval) this.#host.soon(0);
    if ((status !== 401 && status !== 403) || this.#warned) return;
    this.#warned = true;
    logger.warn({ error: message }, 'discovery: cannot watch endpointslices; listing them once per interval instead');
  }

  #take(events: readonly unknown[]): void {
    for (const event of events) {
      const { type, object } = recordOf(event);
      const { code, metadata } = recordOf(object);
      if (type === 'ERROR') throw new StatusError(Number(code), 'the watch has ended');
      this.#version = versionOf(metadata) || this.#version;
      if (type === 'DELETED') this.#slices.delete(String(recordOf(metadata).name));
      else if (type !== 'BOOKMARK') this.#put(object);
    }
    this.#tell();
  }

  #put(given: unknown): void {
    const slice = readSlice(given, this.#reader);
    if (slice === undefined) return;
    if (this.#slices.has(slice.name) || this.#slices.size < maxSlices) this.#slices.set(slice.name, slice);
    else this.#host.view.refuse(`more than ${maxSlices} slices`, 1);
  }

  /** Reports changed pods, and counts endpoints that are newly left out. */
  #tell(): void {
    const { view } = this.#host;
    const { pods, leftOut } = podsOf(this.#slices.values());
    const told = new Map(pods.map((pod) => [pod.id, JSON.stringify(pod)]));
    if (this.#told.size === 0) view.replace(told.values());
    else {
      for (const id of this.#told.keys()) if (!told.has(id)) view.remove(id);
      for (const [id, pod] of told) if (this.#told.get(id) !== pod) view.put(pod);
    }
    this.#told = told;
    for (const [reason, count] of leftOut) view.refuse(reason, Math.max(0, count - (this.#leftOut.get(reason) ?? 0)));
    this.#leftOut = leftOut;
  }
}
