/** Learns of the pods behind a service by its EndpointSlices. Pods are announced by Kubernetes itself. */
import { type DiscoveryBackend, type Store, type StoreHost, storeBackend } from '@omnitron-dev/netron/discovery';
import { KubernetesApi, StatusError } from './api.js';
import { type KubernetesOptions, type ReadOptions, readOptions } from './options.js';
import { recordOf, versionOf } from './read.js';
import { type LeftOut, podsOf, readSlice, type Slice, type SliceReader } from './slices.js';

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
  return storeBackend('kubernetes', (host) => new KubernetesStore(options, host), { scheme: options.scheme });
}

class KubernetesStore implements Store {
  readonly #host: StoreHost;
  readonly #reader: SliceReader;
  readonly #api: KubernetesApi;
  readonly #slices = new Map<string, Slice>();
  /** Pods that the view has been told of, by id. */
  #told = new Map<string, string>();
  /** Endpoints that are left out, and have been counted. */
  #leftOut: LeftOut = new Map();
  #listedAt = Number.NEGATIVE_INFINITY;
  #version = '';
  #watching: AbortController | undefined;
  /** Whether it was said that watching is refused. */
  #warned = false;

  constructor(options: ReadOptions, host: StoreHost) {
    this.#host = host;
    this.#reader = options;
    this.#api = new KubernetesApi(options, host);
  }

  /** Lists when it is time for it, and sees that a watch runs. */
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

  /** Watches until the server ends it; watches again then, from the last event. */
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

  /** The server does not go on with a watch. Failures of the connection are told by the next list. */
  #refused({ status, message }: StatusError): void {
    const { clock, interval, logger } = this.#host;
    // What the watch would have said is too old: all is listed at once, unless that has just been done.
    if (status === 410 && clock.now() - this.#listedAt >= interval) this.#host.soon(0);
    if ((status !== 401 && status !== 403) || this.#warned) return;
    this.#warned = true;
    logger.warn({ error: message }, 'discovery: endpointslices cannot be watched: they are listed once per interval');
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
    if (this.#slices.has(slice.name) || this.#slices.size < mostSlices) this.#slices.set(slice.name, slice);
    else this.#host.view.refuse(`more than ${mostSlices} slices`, 1);
  }

  /** Tells of pods that are others than before, and counts what is left out and was not. */
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
