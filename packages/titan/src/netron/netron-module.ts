import type { Netron, NetronOptions } from '@omnitron-dev/netron';
import { ConfigModule } from '../config/config-module.js';
import { EventBus } from '../events/event-bus.js';
import { Logger } from '../logger/logger.js';
import { checkListeners, withListener } from './listening.js';
import { type NetronConfig, NetronConfigSchema } from './netron-config.js';
import { type AppNode, createNode } from './node.js';

/** What the application tells the module, besides its configuration. */
export interface NetronModuleOptions {
  /** Listening beyond this machine without authentication is meant. */
  readonly public?: boolean;
  /** Options for the node that only code can give; the configuration goes before them. */
  readonly options?: NetronOptions;
}

/**
 * The node of an application. It is created when somebody asks: by the section `netron` of the configuration, by a service, by injecting
 * `NETRON_TOKEN`, or by `start()`.
 */
export class NetronModule {
  static readonly inject = [Logger, ConfigModule, EventBus] as const;
  readonly #logger: Logger;
  readonly #config: ConfigModule;
  readonly #events: EventBus;
  #given: NetronModuleOptions = {};
  #node: AppNode | undefined;
  #creating: Promise<AppNode> | undefined;
  #serves = false;
  #listening: Promise<void> | undefined;

  constructor(logger: Logger, config: ConfigModule, events: EventBus) {
    this.#logger = logger.child({ module: 'netron' });
    this.#config = config;
    this.#events = events;
  }

  /** @internal */
  configure(given: NetronModuleOptions): void {
    this.#given = given;
  }

  /** The node. `undefined` while nobody has asked for one. */
  get netron(): Netron {
    return this.#node?.netron as Netron;
  }

  /** Whether there is a node, or one is being created. */
  get asked(): boolean {
    return this.#creating !== undefined;
  }

  /** @internal There are services: without a transport in the options, it listens on this machine. */
  serve(): void {
    this.#serves = true;
  }

  /**
   * Creates the node, once. It does not listen yet.
   *
   * @param options over those of the configuration
   */
  async create(options: NetronOptions = {}): Promise<Netron> {
    this.#creating ??= this.#create(options).catch((error: unknown) => {
      this.#creating = undefined;
      throw error;
    });
    this.#node = await this.#creating;
    return this.#node.netron;
  }

  /** Creates the node and listens, before the application starts or within it. */
  async start(options: NetronOptions = {}): Promise<Netron> {
    const netron = await this.create(options);
    await this.listen();
    return netron;
  }

  /** @internal Lets peers in, once. */
  listen(): Promise<void> {
    this.#listening ??= (async () => {
      await this.#node?.listen();
      const { netron } = this;
      if (netron) this.#logger.info({ id: netron.id, addresses: netron.addresses, peers: netron.peers.size }, 'Netron started');
    })();
    return this.#listening;
  }

  /** @internal */
  async drain(timeout: number): Promise<void> {
    await this.#node?.drain(timeout);
  }

  /** @internal Ends the node; the next `create` makes another. */
  async stop(timeout: number): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    this.#creating = undefined;
    this.#listening = undefined;
    this.#events.attach(undefined);
    await node?.stop(timeout);
  }

  async #create(options: NetronOptions): Promise<AppNode> {
    const section = (await this.#config.section(NetronConfigSchema)) as NetronConfig;
    const { discovery: _, security: __, healthPort: ___, healthHost: ____, ...configured } = section;
    const given: NetronOptions = {
      logger: this.#logger,
      logLevel: 'debug',
      ...this.#given.options,
      ...configured,
      ...defined(options),
    };
    const wanted = this.#serves ? withListener(given) : given;
    checkListeners(wanted, this.#given.public ?? false);
    const node = await createNode(wanted);
    this.#events.attach(node.netron);
    return node;
  }
}

/** Options that somebody has given: those read from a configuration may be `undefined`. */
function defined(options: NetronOptions): NetronOptions {
  const { discovery: _, security: __, ...known } = options as NetronConfig;
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
