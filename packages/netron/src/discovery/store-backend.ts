/** Backends of registries that live elsewhere: their start, beats, reconnecting and end are the same, and are here. */

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
/** Milliseconds at most between the loss of a connection and the question to the store: those who lost the same node spread. */
const lossDelay = 1_000;

/** The store of one registry, as a node uses it from its start to its stop. */
export interface Store {
  /**
   * Renews the announcement and tells `host.view` what has changed. Called every interval and when asked for, never twice at a
   * time. Rejects when the store cannot be reached; it is called again all the same, and connects anew where that is needed.
   *
   * @param asked whether somebody waits for what the store says now
   */
  beat(asked: boolean): Promise<void>;
  /**
   * Withdraws the announcement. May fail, and gets a second. Not called when no beat has ever reached the store, or after a conflict:
   * the entry is another run's.
   */
  leave?(): Promise<void>;
  /** Ends connections. Requests end by `host.ended`. */
  close?(): void;
}

/** The announcement of a node. */
export interface Announcement {
  readonly id: string;
  readonly instance: string;
  /** Addresses that other machines can use; at least one. */
  readonly addresses: readonly string[];
  readonly services: readonly string[];
  /** All that is announced, as JSON. */
  readonly record: string;
}

/** Parts of a node that its store uses. */
export interface StoreHost extends Omit<BackendHost, 'listen'> {
  /** This node as it is announced now; `undefined` when it cannot be called, or another run has its id. */
  announcement(): Announcement | undefined;
  /** Time in which nobody is taken out of the list. */
  readonly grace: Grace;
  /** Aborted at the end, before `close`. */
  readonly ended: AbortSignal;
  /** Whether a beat runs now. */
  readonly beating: boolean;
  /** Asks for a beat now; one that runs is followed by another. */
  ask(): void;
  /** Asks for a beat in `ms` milliseconds. What is asked for meanwhile is part of it. */
  soon(ms: number): void;
  /**
   * Runs a request to the store with a signal that is aborted at the end, or after `ms` milliseconds. Rejects at once then, also
   * when `request` does not look at its signal: a beat whose request never ends would be the last.
   */
  inTime<T>(ms: number, request: (signal: AbortSignal) => PromiseLike<T>): Promise<T>;
}

/** Options of `storeBackend`. */
export interface StoreBackendOptions {
  /** Milliseconds between two beats. Default: the node's `discovery.interval`. */
  readonly interval?: number;
  /**
   * Whether a lost connection to a node is a reason for a beat, within a second: for stores that tell of changes only when they are
   * asked. Default `false`.
   */
  readonly askWhenLost?: boolean;
  /** Scheme of the addresses that the store's entries are given. Default: they have their own. */
  readonly scheme?: string;
  /** Refuses, with a TypeError, a namespace that the store cannot have. Default: any can be. */
  readonly checkNamespace?: (namespace: string) => void;
}

const names: OptionNames<StoreBackendOptions> = { interval: true, askWhenLost: true, scheme: true, checkNamespace: true };

/**
 * Makes a backend of a store. A beat that fails is the state of the registry, and the next one tries again; after `stop` the view
 * hears nothing any more.
 *
 * @param name for people, for instance `redis`
 * @param open called once, when the node starts; throws for a configuration that cannot be
 * @throws RangeError for an interval that is no number above 0; TypeError for unknown options
 */
export function storeBackend(
  name: string,
  open: (host: StoreHost) => Store,
  options: StoreBackendOptions = {},
): DiscoveryBackend {
  checkOptions(`storeBackend '${name}'`, options, names);
  const { interval } = options;
  if (interval !== undefined) checkNumbers(`storeBackend '${name}'`, { interval }, 'milliseconds above 0');
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

/** One node's use of a store, from start to stop. */
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
  /** Whether the store was ever reached. */
  #reached = false;
  /** Whether the last beat failed, or has not ended. */
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

  /** Resolves when the view has what the store says now, or the store could not be reached. */
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
    // While the store could not be reached the others may have been late, too: their announcements have ended meanwhile.
    if (this.#failed) this.grace.begin();
    this.#failed = true;
    await this.#store.beat(asked);
    this.#failed = false;
    this.#reached = true;
  }
}

/** A view that hears nothing when the node stops. */
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
