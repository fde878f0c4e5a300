import { TitanError } from '../errors/titan-error.js';
import { type NetronConfig, NetronConfigSchema } from '../netron/netron-config.js';
import type { StopTime } from '../util/deadline.js';
import type { AppGraph } from './app-graph.js';
import type { Application } from './application.js';
import { type Composition, createAll, type Parts } from './composition.js';
import { askHealth, type HealthQuestion, type HealthStatus } from './health.js';
import { type HealthServer, openHealthPort } from './health-server.js';
import { attempt, type Failures, Lifecycle } from './lifecycle.js';
import { nodeQuestions } from './node-health.js';
import { type AppOptions, usualStartTimeout } from './options.js';
import type { Platform } from './platform.js';
import { expose, exposed, offers } from './services.js';
import { stopAtSignals } from './signals.js';

/** Parts that a run starts and stops. */
export interface RunParts {
  readonly app: Application;
  readonly options: AppOptions;
  readonly platform: Platform;
  readonly graph: AppGraph;
  readonly parts: Parts;
}

/** One run of an application, from its start to its stop. */
export class Run {
  readonly #given: RunParts;
  readonly #lifecycle: Lifecycle;
  readonly #endSignals: () => void;
  #healthServer: HealthServer | undefined;
  #stopWanted = false;
  #gaveUp = false;
  #abandon: (error: unknown) => void = () => {};
  /** Rejects when the start is abandoned. */
  readonly abandoned: Promise<never> = new Promise((_, reject) => {
    this.#abandon = reject;
  });

  constructor(given: RunParts) {
    this.#given = given;
    this.#lifecycle = new Lifecycle(given.app);
    const { signals = true } = given.options;
    this.#endSignals = signals ? stopAtSignals(given.app) : () => {};
  }

  /** Port of `/health` and `/ready`; `undefined` while it is not open. */
  get healthPort(): number | undefined {
    return this.#healthServer?.port;
  }

  /** Whether the start has ended on request. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** Makes the start end at its next step. */
  giveUp(): void {
    this.#stopWanted = true;
  }

  /** Ends the start at once, because one of its steps hangs. */
  abandon(): void {
    this.#gaveUp = true;
    this.#abandon(stoppedMeanwhile('; a start step did not finish within the stop timeout'));
  }

  /**
   * Starts node, modules, services and listeners, in this order.
   *
   * @param composition checked
   * @param asked whether a node was requested
   */
  async start(composition: Composition, asked: boolean): Promise<void> {
    this.#go();
    const { options, platform: parts, parts: named } = this.#given;
    const { node: module, config, placement, security, logger } = parts;
    const { startTimeout = usualStartTimeout } = options;
    const { platform, container, needsNode } = composition;
    const services = named.services.filter((service) => !placement.isElsewhere(service));
    const serves = services.length > 0 || offers(composition);
    if (serves) module.serve();
    await security.audit.open(options.audit);
    const node = needsNode || asked || serves || config.has('netron') ? module.prepare() : module.netron;
    await createAll(composition, placement.isElsewhere, startTimeout);
    await this.#lifecycle.start([platform, container], startTimeout, () => this.#go());
    this.#go();
    if (node) {
      for (const service of exposed(container, services)) await expose(node, service, logger);
      await module.start();
      await this.#openHealth();
    }
    this.#go();
    await this.#lifecycle.ready(startTimeout);
    if (options.watchConfig) config.watch();
  }

  /** Checks the health of all parts. */
  health(): Promise<HealthStatus> {
    const { audit, revocations, sharedLimiter } = this.#given.platform.security;
    const stores = { limits: sharedLimiter(), cache: this.#given.options.cache?.store };
    const questions: HealthQuestion[] = this.#lifecycle.members
      .filter(({ hooks }) => hooks.health)
      .map(({ name, hooks }) => ({ name, ask: () => hooks.health!() }));
    questions.push(...nodeQuestions(this.#given.platform.node.netron));
    if (audit.writes) questions.push({ name: 'audit', ask: () => audit.health() });
    if (revocations.overflowed) {
      const message = 'more revocations than option max of Revocations: some have no effect on this node';
      questions.push({ name: 'revocations', ask: () => ({ healthy: false, message }) });
    }
    for (const [name, store] of Object.entries(stores)) if (store?.health) questions.push({ name, ask: () => store.health!() });
    return askHealth(questions);
  }

  /** Stops modules and the node, and disposes the instances of the containers. Returns the names of the modules that have stopped. */
  async stop(time: StopTime, failures: Failures): Promise<string[]> {
    const { platform, graph } = this.#given;
    const stopped = await this.#lifecycle.stop(time, failures);
    await attempt('health port', failures, () => time.wait(() => this.#healthServer?.close()));
    await attempt('netron', failures, () => platform.node.stop(time));
    await attempt('audit file', failures, () => time.wait(() => platform.security.audit.close()));
    await graph.dispose(time, failures);
    this.#endSignals();
    await attempt('log', failures, () => {
      for (const { name, error } of failures) platform.logger.error({ err: error, part: name }, 'failed to stop');
    });
    await attempt('log', failures, () => time.wait(() => platform.logger.flush()));
    return stopped;
  }

  #go(): void {
    if (!this.#stopWanted) return;
    this.#gaveUp = true;
    throw stoppedMeanwhile();
  }

  async #openHealth(): Promise<void> {
    const { app, platform } = this.#given;
    const { healthPort: port, healthHost: host } = (await platform.config.section(NetronConfigSchema)) as NetronConfig;
    const facts = { health: () => app.health(), ready: () => app.state === 'ready' };
    const { index } = platform.placement;
    this.#healthServer = await openHealthPort({ port, host, index }, facts, platform.logger);
  }
}

const stoppedMeanwhile = (why = ''): TitanError =>
  new TitanError('start_failed', `the application was stopped during its start${why}`);
