import type { Netron, Remote } from '@omnitron-dev/netron';
import type { Class, Configurable, InjectionToken, ModuleReference } from '@omnitron-dev/nexus';
import { checkNames, checkTimeout, refuse } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import { serviceProxy } from '../netron/remote-service.js';
import type { ContractClient, ContractMethods, ServiceContract } from '../service/contract.js';
import { type LooseService, queryOf, type ServiceClass, type ServiceReference } from '../service/remote.js';
import type { TopologyReport } from '../topology/placement.js';
import { StopTime } from '../util/deadline.js';
import { AppGraph } from './app-graph.js';
import { Parts, usePart } from './composition.js';
import { askHealth, type HealthStatus } from './health.js';
import { attempt, type Failures, stopFailed } from './lifecycle.js';
import { type AppOptions, type AppState, readAppOptions } from './options.js';
import { createPlatform, type Platform } from './platform.js';
import { Preparation } from './preparation.js';
import { Run } from './run.js';
import { endsBySignal } from './signals.js';

/** Thrown by a start that a signal has stopped; not reported. */
const endedBySignal = new Error('stopped by a signal');

/** A function that adds to an application. */
export type Plugin<O = undefined> = (app: Application, options: O) => unknown;

/**
 * An application: modules and services with a configuration, a logger, events, metrics and, if needed, a Netron node. It
 * starts and stops as a whole. Created by {@link createApp} or {@link Application.create}.
 */
export class Application implements AsyncDisposable {
  /** Shown in logs. */
  readonly name: string;
  readonly #options: AppOptions;
  readonly #parts: Parts;
  readonly #platform: Platform;
  readonly #graph: AppGraph;
  readonly #stopSteps = new Set<{ readonly step: () => unknown }>();
  readonly #preparation: Preparation;
  #asked = false;
  #stopped = false;
  #state: AppState = 'idle';
  #run: Run | undefined;
  #starting: Promise<this> | undefined;
  #settled: Promise<unknown> | undefined;
  #stopping: Promise<void> | undefined;
  /** Time of the stop in progress. */
  #stopTime: StopTime | undefined;
  /** Rollback of the start. A stop before or during it shares its time and its failures. */
  #rollingBack: { readonly time: StopTime; readonly failures: Failures } | undefined;

  /** @internal */
  constructor(root: ModuleReference | undefined, given: AppOptions = {}) {
    const options = readAppOptions(given);
    const { name = 'app', override = [] } = options;
    this.name = name;
    this.#options = options;
    this.#parts = new Parts(override);
    if (root) this.#parts.modules.push(root);
    this.#platform = createPlatform(options, this.#parts, () => this.#graph.compose());
    const own = { provide: Application, useValue: this };
    this.#graph = new AppGraph(
      name,
      this.#parts,
      () => [...this.#platform.providers, own],
      (composition) => this.#platform.placement.settle(composition, this.#parts.services),
    );
    this.#preparation = new Preparation(options, this.#platform, this.#graph);
    this.#platform.node.follow(() => this.#absence());
  }

  /**
   * Creates an application from a module: reads and checks the configuration, and checks the whole graph. Creates no
   * instances and starts nothing.
   *
   * @throws ConfigError with every problem of the configuration; NexusError
   */
  static async create(root: ModuleReference, options: AppOptions = {}): Promise<Application> {
    const app = new Application(root, options);
    await app.#preparation.configure();
    return app;
  }

  /** Current state. */
  get state(): AppState {
    return this.#state;
  }

  /**
   * The node; `undefined` if the application has none. Reading it before the start gives the application a node; with
   * `Application.create`, which has read the configuration, the node is available at once.
   */
  get netron(): Netron | undefined {
    if (this.#state === 'idle') this.#asked = true;
    const { node } = this.#platform;
    return this.#state === 'idle' && this.#preparation.configured ? node.prepare() : node.netron;
  }

  /** Port of `/health` and `/ready`; `undefined` while it is not open. */
  get healthPort(): number | undefined {
    return this.#run?.healthPort;
  }

  /** Exposes the public methods of a class, which the container instantiates, or of an object. */
  service(service: Class | object): this {
    this.#graph.open('service');
    // Arrow functions and methods have no prototype: they are not constructors.
    if ((typeof service !== 'object' && !(typeof service === 'function' && service.prototype)) || service === null)
      refuse('service', 'a class or a result of defineTitanService', service);
    this.#parts.services.push(service);
    return this;
  }

  /**
   * Adds a module, with options if it has `forRoot`; a class, which is instantiated at startup; or the additions of a
   * function.
   *
   * @throws errors of a function; a rejection of an asynchronous one fails the start
   */
  // Functions first: their parameters get their types from the overload that is tried first.
  use(plugin: Plugin): this;
  use<O>(plugin: Plugin<O>, options: NoInfer<O>): this;
  use(module: ModuleReference): this;
  use<O>(module: Configurable<O> | { forRoot(options: O): ModuleReference }, options: NoInfer<O>): this;
  use(plugin: unknown, options?: unknown): this {
    this.#graph.open('use');
    const result = usePart(this.#parts, plugin, options, (call) => (call as Plugin<unknown>)(this, options));
    if (result instanceof Promise) this.#preparation.await((plugin as Plugin).name || 'a plugin of use()', result);
    return this;
  }

  /**
   * Returns the instance of a token: `app.get(ConfigModule)`. An instance outside of the platform is created with its
   * dependencies; after that, nothing can be added to the application.
   */
  get<T>(token: InjectionToken<T>): T {
    return this.#graph.get(token);
  }

  /** Returns the client of a service by its contract. */
  connectToService<C extends ContractMethods>(to: ServiceContract<C>): ContractClient<C>;
  /** Returns the client of a service by its class. */
  connectToService<T extends object>(to: ServiceClass<T>): Remote<T>;
  /** Returns the client of a service by name and range: `users@1.0.0`. */
  connectToService<T extends object = LooseService>(to: string): Remote<T>;
  /**
   * Returns the client of a service, in this process or elsewhere, at once; each call finds a node that has the service. The
   * application then has a node. Calls before the start and after the stop fail with `failed_precondition`; calls during the
   * start wait for it.
   */
  connectToService(to: ServiceReference): unknown {
    this.#asked = true;
    return serviceProxy(this.#platform.node, queryOf(to));
  }

  /** Adds a step to the shutdown, after draining and before modules stop; the last one added runs first. Returns a function that removes it. */
  onStop(step: () => unknown): () => void {
    const held = { step };
    this.#stopSteps.add(held);
    return () => void this.#stopSteps.delete(held);
  }

  /** Returns the health of all parts. A part that does not answer within five seconds is not healthy. */
  async health(): Promise<HealthStatus> {
    return this.#run?.health() ?? askHealth([]);
  }

  /**
   * Explains the topology: which services are in which process, and which calls leave their process. Creates no instances.
   *
   * @throws TitanError `invalid_config` when it does not fit, `invalid_use` when there is none
   */
  async explainTopology(): Promise<TopologyReport> {
    await this.#preparation.complete();
    return this.#platform.placement.explain(this.#graph.compose(), this.#parts.services);
  }

  /**
   * Starts the configuration, the node, modules (`onStart`), services, listeners, `onReady`. A failure rolls back. Never
   * settles if a signal stops the start: the process then exits.
   *
   * @throws TitanError `start_failed`, `invalid_use` while it stops; ConfigError; NexusError; errors of opening a listener
   */
  async start(): Promise<this> {
    if (this.#state === 'stopping')
      throw new TitanError('invalid_use', 'the application is stopping: start it again after stop() has resolved');
    if (this.#starting) return this.#starting;
    const starting = this.#start();
    this.#settled = starting.catch(() => {});
    this.#starting = starting.catch((error) => (error === endedBySignal ? new Promise<never>(() => {}) : Promise.reject(error)));
    return this.#starting;
  }

  /**
   * Stops the application: refuses new calls, waits for those in flight, then stops the started parts in reverse order, the
   * node, and the logger. May be called at any time and more than once: a call with less time shortens the stop in progress.
   *
   * @throws TitanError `stop_failed` with all failures; everything else has stopped
   */
  async stop(options: { readonly timeout?: number } = {}): Promise<void> {
    checkNames('stop', options, { timeout: true });
    checkTimeout('stop.timeout', options.timeout, 0);
    return this.#stopIn(this.#time(options.timeout));
  }

  /**
   * Stops the application, stops watching the configuration files, and shuts down the exporter of log lines.
   *
   * @throws TitanError `stop_failed` with all failures; everything else has ended
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: Failures = [];
    const time = this.#time();
    const { config, logExport } = this.#platform;
    await attempt('stop', failures, () => this.#stopIn(time));
    this.#preparation.expire();
    await this.#graph.dispose(time, failures);
    await attempt('configuration', failures, () => time.wait(() => config[Symbol.asyncDispose]()));
    await attempt('export of the log', failures, () => time.wait(() => logExport?.close()));
    const [first, ...more] = failures;
    if (first !== undefined) throw more.length > 0 || first.name !== 'stop' ? stopFailed(failures) : first.error;
  }

  async #start(): Promise<this> {
    this.#state = 'starting';
    const began = performance.now();
    const run = new Run({
      app: this,
      options: this.#options,
      platform: this.#platform,
      graph: this.#graph,
      parts: this.#parts,
    });
    this.#run = run;
    try {
      const starting = this.#preparation.configure().then((composition) => run.start(composition, this.#asked));
      await Promise.race([starting, run.abandoned]);
      this.#state = 'ready';
    } catch (error) {
      const failure = await this.#rollBack(run, error);
      throw run.gaveUp && endsBySignal() ? endedBySignal : failure;
    }
    this.#platform.logger.info({ ms: Math.round(performance.now() - began) }, `${this.name} started`);
    return this;
  }

  /** Stops the started parts. Returns the error to throw. */
  async #rollBack(run: Run, error: unknown): Promise<unknown> {
    this.#rollingBack ??= { time: this.#time(), failures: [] };
    const { time, failures } = this.#rollingBack;
    const stopped = await this.#end(run, time, failures);
    this.#rollingBack = undefined;
    if (!(error instanceof TitanError) || error.code !== 'start_failed' || stopped.length === 0) return error;
    return new TitanError('start_failed', `${error.message} (stopped: ${stopped.join(', ')})`, { cause: error.cause });
  }

  #time(timeout = this.#options.stopTimeout ?? 10_000): StopTime {
    return new StopTime(timeout, this.#options.netron?.clock);
  }

  /** Reason why there will be no node; `undefined` if there will be one. */
  #absence(): string | undefined {
    if (this.#state === 'starting') return undefined;
    return this.#stopped || this.#state === 'stopping' ? 'was stopped' : 'is not started: await app.start() first';
  }

  async #stopIn(time: StopTime): Promise<void> {
    if (this.#stopping) {
      (this.#rollingBack?.time ?? this.#stopTime)?.shorten(time);
      return this.#stopping;
    }
    if (this.#state === 'idle') return;
    this.#run?.giveUp();
    this.#stopTime = time;
    this.#stopping = this.#stop(time).finally(() => {
      this.#stopping = undefined;
      this.#stopTime = undefined;
    });
    return this.#stopping;
  }

  async #stop(time: StopTime): Promise<void> {
    const failures: Failures = [];
    if (this.#state === 'starting') await this.#startEnded(time, failures);
    if (this.#state === 'ready' && this.#run) await this.#stopReady(this.#run, time, failures);
    if (failures.length > 0) throw stopFailed(failures);
  }

  async #stopReady(run: Run, time: StopTime, failures: Failures): Promise<void> {
    this.#state = 'stopping';
    const { drainDelay = 0 } = this.#options;
    // Synchronous without one: right after stop(), the node is already draining.
    if (drainDelay > 0) await time.pass(drainDelay);
    await attempt('draining', failures, () => this.#platform.node.drain(time));
    for (const held of [...this.#stopSteps].reverse()) await attempt('an onStop step', failures, () => time.wait(held.step));
    await this.#end(run, time, failures);
    this.#stopped = true;
  }

  /**
   * Waits for a start that has to end, for half of the time of the stop. If it still hangs then, it is abandoned, and the
   * other half is for stopping the started parts. A start that has failed by itself, and is already stopping, gets the time
   * of the stop for the rest.
   */
  async #startEnded(time: StopTime, failures: Failures): Promise<void> {
    const failing = this.#rollingBack;
    if (failing) {
      failing.time.shorten(time);
      await this.#settled;
      failures.push(...failing.failures);
      return;
    }
    const run = this.#run;
    this.#rollingBack = { time, failures };
    await time.waitHalf(() => this.#settled).catch(() => run?.abandon());
    await this.#settled;
    this.#rollingBack = undefined;
  }

  async #end(run: Run, time: StopTime, failures: Failures): Promise<string[]> {
    const stopped = await run.stop(time, failures);
    this.#preparation.expire();
    this.#starting = undefined;
    this.#run = undefined;
    this.#state = 'idle';
    return stopped;
  }
}
