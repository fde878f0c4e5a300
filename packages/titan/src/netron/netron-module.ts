import { Netron, NetronError, type NetronOptions } from '@omnitron-dev/netron';
import { ConfigModule } from '../config/config-module.js';
import { TitanError } from '../errors/titan-error.js';
import { EventBus } from '../events/event-bus.js';
import { Logger } from '../logger/logger.js';
import type { StopTime } from '../util/deadline.js';
import { checkListeners, withListener } from './listening.js';
import { type NetronConfig, NetronConfigSchema } from './netron-config.js';

/** Options by the application, in addition to the configuration. */
export interface NetronModuleOptions {
  /** Allows listening beyond the local machine without authentication. */
  readonly public?: boolean;
  /** Whether the application has the option `security`. */
  readonly secured?: boolean;
  /** Options of the node that only code can set; the configuration overrides them. */
  readonly options?: NetronOptions;
}

/**
 * The node of an application. It is created on demand: for the section `netron` of the configuration, for a service, for
 * `NETRON_TOKEN`, or by `start()`.
 */
export class NetronModule {
  static readonly inject = [Logger, ConfigModule, EventBus] as const;
  readonly #parent: Logger;
  #own: Logger | undefined;
  readonly #config: ConfigModule;
  readonly #events: EventBus;
  readonly #adapt: ((options: NetronOptions) => NetronOptions)[] = [];
  readonly #companions: ((node: Netron, options: NetronOptions) => () => void)[] = [];
  #ends: (() => void)[] = [];
  #given: NetronModuleOptions = {};
  #node: Netron | undefined;
  #serves = false;
  #absence: () => string | undefined = () => undefined;

  constructor(logger: Logger, config: ConfigModule, events: EventBus) {
    this.#parent = logger;
    this.#config = config;
    this.#events = events;
  }

  get #logger(): Logger {
    this.#own ??= this.#parent.child({ module: 'netron' });
    return this.#own;
  }

  /** @internal */
  configure(given: NetronModuleOptions): void {
    this.#given = given;
  }

  /** The node; `undefined` until it is created. */
  get netron(): Netron | undefined {
    return this.#node;
  }

  /** @internal Called if there are services: without a transport in the options, the node listens on the local machine. */
  serve(): void {
    this.#serves = true;
  }

  /** @internal Changes the options of the node before it is created. */
  adapt(change: (options: NetronOptions) => NetronOptions): void {
    this.#adapt.push(change);
  }

  /** @internal Calls `begin` with each created node and its options, and the returned function when that node ends. */
  accompany(begin: (node: Netron, options: NetronOptions) => () => void): void {
    this.#companions.push(begin);
  }

  /** @internal Sets the function that returns why there will be no node; `undefined` if there will be one. */
  follow(absence: () => string | undefined): void {
    this.#absence = absence;
  }

  /**
   * @internal Returns the node for calls of clients. During a start it may still have to open its listeners: calls wait.
   *
   * @throws NetronError `failed_precondition` if nothing starts, or has started, it
   */
  forCalls(): Netron {
    const idle = this.#node === undefined || this.#node.state === 'idle';
    const absence = idle ? this.#absence() : undefined;
    if (absence !== undefined) throw new NetronError('failed_precondition', `the application ${absence}`);
    return this.prepare();
  }

  /**
   * Creates the node, once. Opens nothing yet.
   *
   * @param options override those of the configuration
   * @throws TitanError `invalid_use` when it would listen beyond the local machine without authentication; `invalid_config` when the configuration has
   *   `netron.security` and the application no option `security`
   */
  prepare(options: NetronConfig = {}): Netron {
    this.#checkSecurity(options);
    this.#node ??= this.#make(options);
    return this.#node;
  }

  /** Creates the node and opens its listeners, before or during the start of the application. */
  async start(options: NetronConfig = {}): Promise<Netron> {
    if (this.#config.has('netron')) await this.#config.check([NetronConfigSchema]);
    const netron = this.prepare(options);
    if (netron.state !== 'idle') return netron;
    await netron.startListening();
    this.#logger.info({ id: netron.id, addresses: netron.addresses, peers: netron.peers.size }, 'Netron started');
    return netron;
  }

  /** @internal Announces the shutdown, takes no new calls and waits for those in flight. */
  async drain(time: StopTime): Promise<void> {
    const node = this.#node;
    if (node === undefined) return;
    const drained = await time.waitBounded((timeout) => node.drain({ timeout }));
    const { underWay } = node;
    const count = drained ? node.unfinished : underWay.length;
    if (count === 0) return;
    const calls = counted(underWay);
    this.#logger.warn({ calls }, `${count} calls and streams were still running when the application stopped; aborting them`);
  }

  /** @internal Stops the node; the next request creates another one. */
  async stop(time: StopTime): Promise<void> {
    const node = this.#node;
    const ends = this.#ends.splice(0);
    this.#node = undefined;
    try {
      this.#events.attach(undefined);
      for (const end of ends) end();
    } finally {
      await time.waitBounded((timeout) => node?.stop({ timeout }));
    }
  }

  /** Refuses a section that would have no effect, since the node would then be open. */
  #checkSecurity(options: NetronConfig): void {
    if (this.#given.secured || (options.security ?? this.#section.security) === undefined) return;
    throw new TitanError(
      'invalid_config',
      "netron.security has no effect in this application: read it in the program and pass the result as the option 'security'",
    );
  }

  get #section(): NetronConfig {
    return this.#config.get<NetronConfig | undefined>('netron') ?? {};
  }

  #make(options: NetronConfig): Netron {
    const section = this.#section;
    const base: NetronOptions = { logger: this.#logger, logLevel: 'debug', callContext: true };
    let wanted: NetronOptions = { ...base, ...this.#given.options, ...optionsIn(section), ...optionsIn(options) };
    for (const change of this.#adapt) wanted = change(wanted);
    if (this.#serves) wanted = withListener(wanted);
    checkListeners(wanted, this.#given.public ?? false);
    const node = prepared(wanted);
    this.#events.attach(node);
    this.#ends = this.#companions.map((begin) => begin(node, wanted));
    return node;
  }
}

/** Largest number of names to list. */
const maxNames = 20;

/** Counts the names in a list, the most frequent first. */
function counted(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a).slice(0, maxNames));
}

/** @throws TitanError `invalid_config` for options that the node refuses, with its message */
function prepared(options: NetronOptions): Netron {
  try {
    return Netron.prepare(options);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new TitanError('invalid_config', `netron: ${error.message}`, { cause: error });
  }
}

/** Returns the set options of the node: values of a configuration may be `undefined`, or belong to other parts. */
function optionsIn(options: NetronConfig): NetronOptions {
  const { security: _security, healthPort: _port, healthHost: _host, ...known } = options;
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
