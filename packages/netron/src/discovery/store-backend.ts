/** Base of backends whose store is elsewhere: their start, beats, reconnecting and stop, which all of them share. */

import { checkNumbers } from '../util/check-numbers.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import { readOptions } from '../util/read-options.js';
import { networkAddresses } from './advertise.js';
import type { BackendHost, DiscoveryBackend, RegistryView } from './backend.js';
import { atMost, Beats } from './beats.js';
import { Grace } from './grace.js';
import { inTime } from './in-time.js';

/** Milliseconds that leaving may take. */
const leaveTime = 1_000;
/** Maximum milliseconds from the loss of a connection to the query of the store; randomized, because many nodes may lose the same one. */
const lossDelay = 1_000;

/** The store of one registry, as a node uses it from start to stop. */
export interface Store {
  /**
   * Renews the announcement and reports changes to `host.view`. Called at every interval and on request, never concurrently.
   * Rejects when the store cannot be reached; later calls reconnect if needed.
   *
   * @param asked whether a caller waits for the current content of the store
   */
  beat(asked: boolean): Promise<void>;
  /**
   * Withdraws the announcement. May fail, and has a second to finish. Not called when no beat has ever reached the store, or after a
   * conflict, because the entry belongs to another run.
   */
  leave?(): Promise<void>;
  /** Closes connections. Requests are aborted by `host.ended`. */
  close?(): void;
}

/** Announcement of a node. */
export interface Announcement {
  readonly id: string;
  readonly instance: string;
  /** Addresses that other machines can use; at least one. */
  readonly addresses: readonly string[];
  readonly services: readonly string[];
  /** The whole record, as JSON. */
  readonly record: string;
}

/** Members of a node that its store uses. */
export interface StoreHost extends Omit<BackendHost, 'listen'> {
  /** Returns this node as it is announced now; `undefined` when it cannot be called, or another run has its id. */
  announcement(): Announcement | undefined;
  /** Grace period, in which no node is removed. */
  readonly grace: Grace;
  /** Aborted on stop, before `close`. */
  readonly ended: AbortSignal;
  /** Whether a beat is running. */
  readonly beating: boolean;
  /** Requests a beat now, or after the running one. */
  ask(): void;
  /** Requests a beat in `ms` milliseconds, which covers all such requests until then. */
  soon(ms: number): void;
  /**
   * Runs a request to the store with a signal that is aborted on stop, or after `ms` milliseconds. Rejects at once in these cases, even
   * if `request` ignores its signal: a request that never ends would block all further beats.
   */
  inTime<T>(ms: number, request: (signal: AbortSignal) => PromiseLike<T>): Promise<T>;
}

/** Options of `storeBackend`. */
export interface StoreBackendOptions {
  /** Milliseconds between two beats. Default: the node's `discovery.interval`. */
  readonly interval?: number;
  /**
   * Whether a lost connection to a node causes a beat, within a second: for stores that do not notify of changes. Default `false`.
   */
  readonly askWhenLost?: boolean;
  /** Scheme for the addresses of the store's entries. Default: entries have their own. */
  readonly scheme?: string;
  /** Throws a TypeError for a namespace that the store does not allow. Default: all are allowed. */
  readonly checkNamespace?: (namespace: string) => void;
}

const names: OptionNames<StoreBackendOptions> = { interval: true, askWhenLost: true, scheme: true, checkNamespace: true };

/**
 * Makes a backend from a store. A failed beat marks the registry as unreachable, and the next one tries again; after `stop`, the view
 * receives nothing more.
 *
 * @param name for messages and logs, for instance `redis`
 * @param open called once, when the node starts; throws for an invalid configuration
 * @throws RangeError for an interval that is not a number above 0; TypeError for unknown options
 */
export function storeBackend(
  name: string,
  open: (host: StoreHost) => Store,
  options: StoreBackendOptions = {},
): DiscoveryBackend {
  checkOptions(`storeBackend '${name}'`, options, names);
  const { interval } = options;
  if (interval !== undefined) checkNumbers(`storeBackend '${name}'`, { interval }, 'a positive number of milliseconds');
  return new StoreBackend(name, open, options);
}

class StoreBackend implements DiscoveryBackend {
  readonly name: string;
  readonly #open: (host: StoreHost) => Store;
  readonly #options: StoreBackendOptions;
  #run: Run | undefined;

  constructor(name: string, open: (host: StoreHost) => Store, options: StoreBackendOptions) {
    this.name = name;
    this.#open = open;
    this.#options = readOptions(options);
  }

  get scheme(): string | undefined {
    return this.#options.scheme;
  }

  checkNamespace(namespace: string): void {
    this.#options.checkNamespace?.(namespace);
  }

  async start(host: BackendHost): Promise<void> {
    const run = new Run(this.name, host, this.#open, this.#options.interval);
    this.#run = run;
    await run.start();
  }

  announce(): void {
    this.#run?.ask();
  }

  lost(): void {
    if (this.#options.askWhenLost === true) this.#run?.lost();
  }

  async refresh(): Promise<void> {
    await this.#run?.refresh();
  }

  async stop(): Promise<void> {
    await this.#run?.stop();
  }
}

/** Use of a store by one node, from start to stop. */
class Run implements StoreHost {
  readonly view: RegistryView;
  readonly grace: Grace;
  readonly clock: BackendHost['clock'];
  readonly random: BackendHost['random'];
  readonly logger: BackendHost['logger'];
  readonly interval: number;
  readonly ttl: number;
  readonly namespace: string;
  readonly #name: string;
  readonly #host: BackendHost;
  readonly #beats: Beats;
  readonly #store: Store;
  readonly #ended = new AbortController();
  #asked = false;
  /** Whether the store has ever been reached. */
  #reached = false;
  /** Whether the last beat failed or has not ended. */
  #failed = false;
  #conflict = false;
  #stopped: Promise<void> | undefined;

  constructor(name: string, host: BackendHost, open: (host: StoreHost) => Store, interval: number | undefined) {
    const { clock, logger, ttl, namespace } = host;
    this.#name = name;
    this.#host = host;
    this.clock = clock;
    this.random = () => host.random();
    this.logger = logger;
    this.interval = host.interval;
    this.ttl = ttl;
    this.namespace = namespace;
    this.view = viewWhile(() => this.#stopped === undefined, host.view);
    this.grace = new Grace(host);
    this.#beats = new Beats(this, () => this.#beat(), interval);
    this.#store = open(this);
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get beating(): boolean {
    return this.#beats.running;
  }

  start(): Promise<void> {
    this.#beats.start();
    return this.#beats.now();
  }

  own(): ReturnType<BackendHost['own']> {
    return this.#host.own();
  }

  announcement(): Announcement | undefined {
    const own = this.#host.own();
    const addresses = networkAddresses(own.addresses);
    if (addresses.length === 0 || this.#conflict) return undefined;
    const { id, instance, services = [] } = own;
    return { id, instance, addresses, services, record: JSON.stringify({ ...own, addresses }) };
  }

  conflict(other: string): void {
    if (this.#conflict) return;
    this.#conflict = true;
    this.#host.conflict(other);
  }

  ask(): void {
    this.#beats.ask();
  }

  soon(ms: number): void {
    this.#beats.soon(ms);
  }

  inTime<T>(ms: number, request: (signal: AbortSignal) => PromiseLike<T>): Promise<T> {
    return inTime(this.clock, this.ended, this.#name, ms, request);
  }

  lost(): void {
    this.soon(lossDelay * this.random());
  }

  /** Resolves when the view has the current content of the store, or the store could not be reached. */
  async refresh(): Promise<void> {
    this.#asked = true;
    await this.#beats.now().catch(() => {});
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const idle = this.#beats.stop();
    const store = this.#store;
    if (store.leave !== undefined && this.#reached && !this.#conflict) {
      await atMost(
        this.clock,
        leaveTime,
        idle.then(() => store.leave?.()),
      );
    }
    this.#ended.abort();
    store.close?.();
  }

  async #beat(): Promise<void> {
    const asked = this.#asked;
    this.#asked = false;
    // While the store could not be reached, announcements of other nodes may have expired.
    if (this.#failed) this.grace.begin();
    this.#failed = true;
    await this.#store.beat(asked);
    this.#failed = false;
    this.#reached = true;
  }
}

/** Returns a view that passes on nothing once `runs` returns `false`. */
function viewWhile(runs: () => boolean, view: RegistryView): RegistryView {
  const guarded =
    <Args extends unknown[]>(tell: (...args: Args) => void) =>
    (...args: Args): void => {
      if (runs()) tell(...args);
    };
  return {
    replace: guarded((all) => view.replace(all)),
    put: guarded((record) => view.put(record)),
    check: (record) => runs() && view.check(record),
    remove: guarded((id) => view.remove(id)),
    refuse: guarded((reason, count) => view.refuse(reason, count)),
    down: guarded((error) => view.down(error)),
    up: guarded(() => view.up()),
  };
}
