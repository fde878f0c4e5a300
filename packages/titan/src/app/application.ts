import type { Netron, Remote } from '@omnitron-dev/netron';
import { Revocations } from '@omnitron-dev/netron-auth/identity';
import type { Class, Configurable, Container, InjectionToken, ModuleReference, Provider } from '@omnitron-dev/nexus';
import { ConfigModule } from '../config/config-module.js';
import type { ConfigSource } from '../config/sources.js';
import { messageOf, TitanError } from '../errors/titan-error.js';
import { EventBus } from '../events/event-bus.js';
import { ResultCache } from '../guard/result-cache.js';
import { LogExport } from '../logger/log-export.js';
import { Logger } from '../logger/logger.js';
import { LoggerModule } from '../logger/logger-module.js';
import { Metrics } from '../metrics/metrics.js';
import { callFacts } from '../netron/call-facts.js';
import { type NetronConfig, NetronConfigSchema } from '../netron/netron-config.js';
import { NetronModule } from '../netron/netron-module.js';
import { serviceProxy } from '../netron/remote-service.js';
import type { ContractClient, ContractMethods, ServiceContract } from '../service/contract.js';
import { queryOf, type ServiceClass, type ServiceReference } from '../service/remote.js';
import type { TopologyReport } from '../topology/placement.js';
import { type Composition, compose, composePlatform, createAll, instanceOf, Parts, usePart } from './composition.js';
import { askHealth, type HealthQuestion, type HealthStatus } from './health.js';
import { type HealthServer, openHealthPort } from './health-server.js';
import { attempt, type Failures, Lifecycle } from './lifecycle.js';
import type { AppOptions, AppState } from './options.js';
import { Placement } from './placement.js';
import { type SecurityParts, securityOf } from './security.js';
import { expose, exposed, nodeOptions, offers } from './services.js';
import { stopAtSignals } from './signals.js';
import { TELEMETRY } from './telemetry.js';

/** A service whose methods nobody has described: each takes and gives anything. */
export interface LooseService {
  // biome-ignore lint/suspicious/noExplicitAny: nothing is known of it
  readonly [method: string]: (...args: any[]) => any;
}

/** A function that adds to an application. */
export type Plugin<O = undefined> = (app: Application, options: O) => unknown;

/**
 * An application: modules and services with a configuration, a logger, events, metrics and, when asked for, a Netron node. It starts and stops as a
 * whole. Made by {@link createApp} or {@link Application.create}.
 */
export class Application implements AsyncDisposable {
  /** Shown in logs. */
  readonly name: string;
  readonly #options: AppOptions;
  readonly #parts: Parts;
  readonly #logger: Logger;
  readonly #config: ConfigModule;
  readonly #events: EventBus;
  readonly #metrics: Metrics;
  readonly #node: NetronModule;
  readonly #cache: ResultCache;
  readonly #security: SecurityParts;
  readonly #placement: Placement;
  readonly #stopSteps = new Set<{ readonly step: () => unknown }>();
  readonly #pending: Promise<unknown>[] = [];
  #platform: Container | undefined;
  #composition: Composition | undefined;
  #configured = false;
  #loaded = false;
  #asked = false;
  #state: AppState = 'idle';
  #starting: Promise<this> | undefined;
  #stopping: Promise<void> | undefined;
  #stopWanted = false;
  #lifecycle: Lifecycle;
  #healthServer: HealthServer | undefined;
  #endSignals = () => {};

  /** @internal */
  constructor(root: ModuleReference | undefined, options: AppOptions = {}) {
    const { name = 'app', logger, override = [], metrics, root: base, telemetry } = options;
    this.name = name;
    this.#options = options;
    this.#parts = new Parts(override);
    if (root) this.#parts.modules.push(root);
    this.#logger =
      logger instanceof Logger
        ? logger
        : new LoggerModule({
            context: callFacts,
            ...logger,
            exported: telemetry?.logs && new LogExport(telemetry.logs, name),
            bindings: { app: name, ...logger?.bindings },
          });
    const onError = (error: unknown) => this.#logger.error({ err: error }, 'the changed configuration is not used');
    this.#config = new ConfigModule({ onError, ...(base === undefined ? {} : { base }) });
    this.#events = new EventBus((error, event) => this.#logger.error({ err: error, event }, 'a subscriber of an event failed'));
    this.#metrics = new Metrics(metrics);
    const storeFailed = (error: unknown) => this.#logger.warn({ err: error }, 'the shared cache fails: results are made anew');
    this.#cache = new ResultCache({ onError: storeFailed, ...options.cache });
    this.#node = new NetronModule(this.#logger, this.#config, this.#events);
    this.#node.configure({ public: options.public ?? false, options: options.netron ?? {} });
    const { security = {}, netron: { clock } = {} } = options;
    this.#security = securityOf(security, { events: this.#events, logger: this.#logger, clock });
    this.#placement = new Placement(options);
    const { services: named } = this.#parts;
    const parts = { named, security: this.#security, cache: this.#cache, logger: this.#logger, placement: this.#placement };
    const guard = { compose: () => this.#compose(), ...parts };
    this.#node.adapt((given) => nodeOptions(given, guard));
    this.#node.accompany((node) => this.#security.accompany(node));
    this.#lifecycle = new Lifecycle(this, this.#logger);
  }

  /**
   * Makes an application of a module: reads and checks the configuration, and checks the whole graph. Creates and starts nothing yet.
   *
   * @throws ConfigError with every problem of the configuration; NexusError
   */
  static async create(root: ModuleReference, options: AppOptions = {}): Promise<Application> {
    const app = new Application(root, options);
    await app.#configure();
    return app;
  }

  /** Present state. */
  get state(): AppState {
    return this.#state;
  }

  /**
   * The node; `undefined` when nobody has asked for one. Asking before the start asks for one: of an application made by `Application.create`,
   * whose configuration has been read, it is there at once.
   */
  get netron(): Netron | undefined {
    if (this.#state === 'idle') this.#asked = true;
    return this.#state === 'idle' && this.#configured ? this.#node.prepare() : this.#node.netron;
  }

  /** Port of `/health` and `/ready`; `undefined` while it is not open. */
  get healthPort(): number | undefined {
    return this.#healthServer?.port;
  }

  /** Exposes the public methods of a class, which the container creates, or of an object. */
  service(service: Class | object): this {
    this.#open('service');
    this.#parts.services.push(service);
    return this;
  }

  /**
   * Adds a module, with options where it has `forRoot`; a class, which is created at the start; or what a function does with the application.
   */
  use(module: ModuleReference): this;
  use<O>(module: Configurable<O> | { forRoot(options: O): ModuleReference }, options: NoInfer<O>): this;
  use<O>(plugin: Plugin<O>, options: NoInfer<O>): this;
  use(plugin: Plugin): this;
  use(plugin: unknown, options?: unknown): this {
    this.#open('use');
    const result = usePart(this.#parts, plugin, options, (call) => (call as Plugin<unknown>)(this, options));
    if (result instanceof Promise) this.#pending.push(result);
    return this;
  }

  /**
   * Gives the instance for a token: `app.get(ConfigModule)`. What is not a part of the platform is created, with what it needs; from then on nothing more can be
   * added.
   */
  get<T>(token: InjectionToken<T>): T {
    const platform = this.#openPlatform();
    if (!this.#composition && platform.has(token)) return platform.get(token);
    return instanceOf(this.#compose(), token);
  }

  /** Client of a service with a contract. */
  connectToService<C extends ContractMethods>(to: ServiceContract<C>): ContractClient<C>;
  /** Client of a service by its class. */
  connectToService<T extends object>(to: ServiceClass<T>): Remote<T>;
  /** Client of a service by name and range: `users@1.0.0`. */
  connectToService<T extends object = LooseService>(to: string): Remote<T>;
  /**
   * A client of a service, in this process or elsewhere. It is there at once: each call finds who serves it. Asking makes the application have a
   * node.
   */
  connectToService(to: ServiceReference): unknown {
    this.#asked = true;
    return serviceProxy(() => this.#node.prepare(), queryOf(to));
  }

  /** Calls `step` when the application stops: after draining, before modules stop, the last one first. Returns what takes it back. */
  onStop(step: () => unknown): () => void {
    const held = { step };
    this.#stopSteps.add(held);
    return () => void this.#stopSteps.delete(held);
  }

  /** Asks all parts for their health. One that does not answer within five seconds is not healthy. */
  health(): Promise<HealthStatus> {
    const questions: HealthQuestion[] = this.#lifecycle.members
      .filter(({ hooks }) => hooks.health)
      .map(({ name, hooks }) => ({ name, ask: () => hooks.health!() }));
    const { audit } = this.#security;
    return askHealth(audit.writes ? [...questions, { name: 'audit', ask: () => audit.health() }] : questions);
  }

  /**
   * Explains the topology: which services are in which process, and which calls leave theirs. Creates nothing.
   *
   * @throws TitanError `invalid_config` when it does not fit, `invalid_use` when there is none
   */
  explainTopology(): TopologyReport {
    return this.#placement.explain(this.#compose(), this.#parts.services);
  }

  /**
   * Starts: configuration, node, modules (`onStart`), services, listeners, `onReady`. A failure undoes what was done.
   *
   * @throws TitanError `start_failed`; ConfigError; NexusError; what opening a listener throws
   */
  start(): Promise<this> {
    this.#starting ??= this.#start().finally(() => {
      if (this.#state === 'idle') this.#starting = undefined;
    });
    return this.#starting;
  }

  /**
   * Stops: takes no new calls, lets those under way end, then stops what has started, the last one first, the node, and the logger. May be called
   * at any time and more than once.
   *
   * @throws TitanError `stop_failed` with all that failed; everything else has stopped
   */
  stop({ timeout = this.#options.stopTimeout ?? 10_000 }: { timeout?: number } = {}): Promise<void> {
    if (this.#stopping) return this.#stopping;
    if (this.#state === 'idle') return Promise.resolve();
    this.#stopWanted = true;
    this.#stopping = this.#stop(timeout).finally(() => {
      this.#stopping = undefined;
      this.#stopWanted = false;
    });
    return this.#stopping;
  }

  /** Stops, and lets go of the configuration's files. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.#dispose([]);
      await this.#config[Symbol.asyncDispose]();
    }
  }

  async #start(): Promise<this> {
    this.#state = 'starting';
    const { signals = true, startTimeout = 30_000 } = this.#options;
    if (signals) this.#endSignals = stopAtSignals(this);
    const began = performance.now();
    this.#lifecycle = new Lifecycle(this, this.#logger);
    const go = () => {
      if (this.#stopWanted) throw new TitanError('start_failed', 'the application was stopped while it started');
    };
    try {
      const { platform, container, needsNode } = await this.#configure();
      const services = this.#parts.services.filter((service) => !this.#placement.isElsewhere(service));
      const serves = services.length > 0 || offers(container);
      if (serves) this.#node.serve();
      await this.#security.audit.open(this.#options.audit);
      const asked = needsNode || this.#asked || serves || this.#config.has('netron');
      const node = asked ? this.#node.prepare() : this.#node.netron;
      await createAll(container, this.#placement.isElsewhere);
      await this.#lifecycle.start([platform, container], startTimeout, go);
      go();
      for (const service of exposed(container, services)) await expose(node, service, this.#logger);
      if (node) await this.#node.start();
      await this.#openHealth(node !== undefined);
      go();
      await this.#lifecycle.ready(startTimeout);
      if (this.#options.watchConfig) this.#config.watch();
      this.#state = 'ready';
    } catch (error) {
      throw await this.#rollBack(error);
    }
    this.#logger.info({ ms: Math.round(performance.now() - began) }, `${this.name} started`);
    return this;
  }

  /** Stops what has started. Returns the error to throw. */
  async #rollBack(error: unknown): Promise<unknown> {
    const failures: Failures = [];
    const timeout = this.#options.stopTimeout ?? 10_000;
    const stopped = await this.#stopParts(timeout, failures);
    this.#state = 'idle';
    if (!(error instanceof TitanError) || error.code !== 'start_failed' || stopped.length === 0) return error;
    return new TitanError('start_failed', `${error.message} (stopped: ${stopped.join(', ')})`, { cause: error.cause });
  }

  async #stop(timeout: number): Promise<void> {
    if (this.#state === 'starting') await this.#starting?.catch(() => {});
    if (this.#state !== 'ready') return;
    this.#state = 'stopping';
    const failures: Failures = [];
    const { drainDelay = 0 } = this.#options;
    if (drainDelay > 0) await new Promise((resolve) => setTimeout(resolve, drainDelay));
    await attempt('draining', failures, () => this.#node.drain(timeout));
    for (const held of [...this.#stopSteps].reverse()) await attempt('a step of onStop', failures, held.step);
    await this.#stopParts(timeout, failures);
    this.#state = 'idle';
    this.#starting = undefined;
    if (failures.length === 0) return;
    const texts = failures.map(({ name, error }) => `${name}: ${messageOf(error)}`);
    const cause = new AggregateError(failures.map(({ error }) => error));
    throw new TitanError('stop_failed', `not everything stopped as it should: ${texts.join('; ')}`, { cause });
  }

  /** Stops modules, the node, and what the containers have created. */
  async #stopParts(timeout: number, failures: Failures): Promise<string[]> {
    const stopped = await this.#lifecycle.stop(timeout, failures);
    await attempt('health port', failures, () => this.#healthServer?.close());
    this.#healthServer = undefined;
    await attempt('netron', failures, () => this.#node.stop(timeout));
    await attempt('audit file', failures, () => this.#security.audit.close());
    await this.#dispose(failures);
    this.#endSignals();
    this.#endSignals = () => {};
    await this.#logger.flush();
    return stopped;
  }

  async #dispose(failures: Failures): Promise<void> {
    const { container } = this.#composition ?? {};
    const platform = this.#platform;
    this.#composition = undefined;
    this.#platform = undefined;
    this.#configured = false;
    await attempt('container', failures, () => container?.dispose());
    await attempt('platform', failures, () => platform?.dispose());
  }

  /** Reads the configuration, and checks every section that is needed. */
  async #configure(): Promise<Composition> {
    await Promise.all(this.#pending.splice(0));
    const composition = this.#compose();
    if (this.#configured) return composition;
    const { config, sources = [] } = this.#options;
    const all: ConfigSource[] = [...(config ? [{ type: 'object', value: config, name: 'code' } as const] : []), ...sources];
    const sections = [NetronConfigSchema, ...composition.sections];
    // A second start reads again what the first has read.
    if (this.#loaded) await this.#config.reload();
    else await this.#config.load(all, sections);
    this.#loaded = true;
    await this.#config.check(this.#config.has('netron') ? sections : composition.sections);
    this.#configured = true;
    return composition;
  }

  async #openHealth(node: boolean): Promise<void> {
    if (!node) return;
    const { healthPort, healthHost } = (await this.#config.section(NetronConfigSchema)) as NetronConfig;
    const facts = { health: () => this.health(), ready: () => this.#state === 'ready' };
    // Each process of a topology has a health port of its own.
    const { index } = this.#placement;
    const port = index > 0 && healthPort !== 0 && healthPort !== false ? (healthPort ?? 9090) + index : healthPort;
    this.#healthServer = await openHealthPort(port, healthHost, facts, this.#logger);
  }

  #compose(): Composition {
    if (!this.#composition) {
      const composition = compose(this.name, this.#openPlatform(), this.#parts);
      this.#placement.settle(composition, this.#parts.services);
      this.#composition = composition;
    }
    return this.#composition;
  }

  #openPlatform(): Container {
    const own = this.#logger;
    const logger: Provider[] =
      own instanceof LoggerModule
        ? [
            { provide: LoggerModule, useValue: own },
            { provide: Logger, useExisting: LoggerModule },
          ]
        : [
            { provide: Logger, useValue: own },
            { provide: LoggerModule, useExisting: Logger as typeof LoggerModule },
          ];
    this.#platform ??= composePlatform(
      [
        ...logger,
        { provide: Application, useValue: this },
        { provide: ConfigModule, useValue: this.#config },
        { provide: EventBus, useValue: this.#events },
        { provide: Metrics, useValue: this.#metrics },
        { provide: NetronModule, useValue: this.#node },
        { provide: ResultCache, useValue: this.#cache },
        { provide: TELEMETRY, useValue: this.#options.telemetry ?? {} },
        { provide: Revocations, useValue: this.#security.revocations },
      ],
      this.#parts,
    );
    return this.#platform;
  }

  #open(method: string): void {
    if (this.#composition)
      throw new TitanError(
        'invalid_use',
        `app.${method}() has to come before the start, and before app.get() of a module's provider`,
      );
  }
}

/**
 * Makes an application to which services and modules are added. Its configuration, logger, events, metrics and node can be had at once:
 * `app.get(ConfigModule)`.
 */
export function createApp(options: AppOptions = {}): Application {
  return new Application(undefined, options);
}
