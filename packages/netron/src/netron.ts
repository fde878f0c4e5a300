/** Puts the parts of a node together, starts them and stops them. */
import { consoleLogger, defer, random as platformRandom, systemClock } from '#platform';
import { defaultTransports } from '#transports';
import { ErrorRegistry } from './errors/error-registry.js';
import { NetronError } from './errors/netron-error.js';
import { EventBus } from './events/bus.js';
import { LocalPeer } from './local-peer.js';
import { toMiddleware } from './middleware/adapt.js';
import { NetronEvents } from './netron-events.js';
import { idOf, limitOf, limitsOf, listenRequests, type NetronConnectOptions, type NetronOptions } from './netron-options.js';
import { BufferPool } from './peer/buffer-pool.js';
import { callObserver } from './peer/call-observer.js';
import { Dialer } from './peer/dialer.js';
import { EventEncoder } from './peer/event-encoder.js';
import type { Hello } from './peer/handshake.js';
import type { PeerNode } from './peer/peer-node.js';
import { Reception } from './peer/reception.js';
import { type PeerHome, RemotePeer } from './peer/remote-peer.js';
import { RemoteAccess } from './remote-access.js';
import { targetOf } from './service/proxy.js';
import { ServiceRegistry } from './service/service-registry.js';
import { ServiceHosting } from './service-hosting.js';
import { describeService, type ServiceSummary } from './service-summary.js';
import { type TaskFunction, type TaskOptions, TaskRegistry } from './tasks/task-registry.js';
import type { Connection, Server, Transport } from './transport/transport.js';
import { Transports } from './transport/transports.js';
import { leveled } from './util/logger.js';
import { Ticker } from './util/ticker.js';
import { helloLimit } from './wire/limits.js';
import { Reader } from './wire/reader.js';

/** Milliseconds between two looks at the deadlines of calls. */
const deadlinePeriod = 20;

/** Milliseconds between two looks at heartbeats. */
const beatPeriod = 1_000;

/**
 * A node: exposes services, connects to other nodes, emits and hears events. Everything it knows is its own: two nodes in
 * one process share nothing.
 *
 * @source MISSION NC-01 to NC-34
 */
export class Netron extends EventBus {
  /** This node as a peer: where services are exposed. */
  readonly peer: LocalPeer;
  readonly #options: NetronOptions;
  readonly #core: PeerNode;
  readonly #events: NetronEvents;
  readonly #errors: ErrorRegistry;
  readonly #tasks: TaskRegistry<RemotePeer>;
  readonly #transports: Transports;
  readonly #reception: Reception;
  readonly #hosting: ServiceHosting;
  readonly #servers: Server[] = [];
  readonly #peers = new Map<string, RemotePeer>();
  /** Peers that may still come back, besides those connected. */
  readonly #known = new Set<RemotePeer>();
  /** Their ids. */
  readonly #ids = new Set<string>();
  /** Under which numbers this node has connected to each address. */
  readonly #seats = new Map<string, Seat[]>();
  readonly #dialing = new Set<Dialer>();
  #stopped: Promise<void> | undefined;

  /**
   * Creates a node; when it resolves, the node listens wherever it was told to.
   *
   * @throws NetronError `unavailable` when an address is in use
   * @throws TypeError when options contradict each other
   */
  static async create(options: NetronOptions = {}): Promise<Netron> {
    const netron = new Netron(options);
    try {
      for (const { transport, at, options: place } of listenRequests(options)) {
        await netron.#listen(netron.#transports.named(transport), at, place);
      }
    } catch (error) {
      await netron.stop();
      throw error;
    }
    return netron;
  }

  private constructor(options: NetronOptions) {
    const clock = options.clock ?? systemClock;
    const logger = leveled(
      options.logger ?? consoleLogger,
      options.logLevel ?? (options.logger === undefined ? 'warn' : 'debug'),
    );
    const onError = (error: unknown, event: string): void =>
      logger.error({ event, error: error instanceof Error ? error.message : String(error) }, 'an event handler failed');
    super({ clock, onError, ...(options.eventTimeout !== undefined && { timeout: options.eventTimeout }) });
    this.#options = options;
    this.#events = new NetronEvents(onError);
    this.#errors = new ErrorRegistry();
    for (const given of options.errors ?? []) {
      if (typeof given === 'function') this.#errors.register(given);
      else this.#errors.register(...given);
    }
    this.#tasks = new TaskRegistry<RemotePeer>(options);
    this.#transports = new Transports([...defaultTransports(), ...(options.additionalTransports ?? [])]);
    const { incoming = [], outgoing = [] } = options.middleware ?? {};
    const services = new ServiceRegistry(incoming, ({ added, removed }) => {
      const names = (bound: typeof added): string[] =>
        bound === undefined ? [] : [`${bound.definition.name}@${bound.definition.version}`];
      for (const name of names(added)) this.#events.emit('service:exposed', name);
      for (const name of names(removed)) this.#events.emit('service:concealed', name);
      for (const { link } of this.#known) {
        if (removed !== undefined) link?.conceal(removed);
        link?.announce(names(added), names(removed));
      }
    });
    const access = new RemoteAccess(this, options, onError);
    const limits = limitsOf(options.limits);
    const requestTimeout = limitOf(options.requestTimeout, 30_000);
    this.#core = {
      id: idOf(options.id),
      clock,
      random: options.random ?? platformRandom,
      deadlines: new Ticker(clock, deadlinePeriod),
      beats: new Ticker(clock, beatPeriod),
      buffers: new BufferPool(),
      events: new EventEncoder(this.#errors),
      reader: new Reader(limits),
      limits,
      errors: this.#errors,
      logger,
      services,
      tasks: this.#tasks,
      observer: callObserver(this.#events),
      compression: options.compression,
      outgoing: outgoing.map(toMiddleware),
      requestTimeout,
      taskTimeout: options.taskTimeout === undefined ? requestTimeout : limitOf(options.taskTimeout, 0),
      streamTimeout: limitOf(options.streamTimeout, 0),
      heartbeatInterval: limitOf(options.heartbeatInterval, 15_000),
      callContext: options.callContext ?? 'auto',
      attachRemote: (peer, service, subscriber) => access.attach(peer, service, subscriber),
      exposeFor: (peer, service) => this.#hosting.exposeFor(peer, service),
      concealFor: (peer, name) => this.#hosting.concealFor(peer, name),
      peerConnected: (peer) => this.#connected(peer),
      peerDisconnected: (peer, reason, final) => this.#disconnected(peer, reason, final),
      serviceDiscovered: (peer, service) => this.#discovered(peer, service),
    };
    this.#hosting = new ServiceHosting(this, services, options.allowRemoteServices ?? false);
    this.peer = new LocalPeer({
      ...this.#core,
      tasks: this.#tasks as unknown as TaskRegistry<never>,
      expose: async (service) => {
        if (this.#stopped !== undefined) throw new NetronError('failed_precondition', 'the node was stopped');
        await this.#hosting.expose(service);
      },
      conceal: (name) => this.#hosting.conceal(name),
      listen: (service, event, listener) => access.listen(service, event, listener),
      unheard: (error) => onError(error, 'service'),
    });
    this.#reception = new Reception({
      node: this.#core,
      hello: () => this.#hello({ ordinal: 1, session: undefined }, undefined),
      timeout: options.handshakeTimeout ?? 5_000,
      resumeWindow: options.resumeWindow ?? 30_000,
      authenticate: options.authenticate,
      adopt: (id, home) => this.#adopt(id, home),
    });
  }

  /** The node's id, as peers see it: the option `id`, or a random one. */
  get id(): string {
    return this.#core.id;
  }

  /** Peers that are connected, by id. */
  get peers(): ReadonlyMap<string, RemotePeer> {
    return this.#peers;
  }

  /** The transports this node can use. */
  get transports(): readonly Transport[] {
    return this.#transports.all;
  }

  /** Where this node can be reached, as addresses for `connect`. */
  get addresses(): readonly string[] {
    return this.#servers.map(({ address }) => address);
  }

  /** The port of the first listener that has one; 0 when there is none. */
  get listenPort(): number {
    for (const address of this.addresses) {
      const port = /^[a-z]+:\/\/.*:(\d+)/.exec(address)?.[1];
      if (port !== undefined) return Number(port);
    }
    return 0;
  }

  /** Calls `listener` at each event of the node; `'*'` means all. Returns a function that ends it. */
  get on(): NetronEvents['on'] {
    return this.#events.on;
  }

  /** Like `on`, for the next such event only. */
  get once(): NetronEvents['once'] {
    return this.#events.once;
  }

  /** Removes one subscription of a listener, the latest; nothing happens when there is none. */
  get off(): NetronEvents['off'] {
    return this.#events.off;
  }

  /**
   * Connects to another node.
   *
   * @param target an address, whose scheme picks the transport, or what a transport connects to directly: a child
   *   process, a worker, a message port
   * @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument`, or what the other node refused
   *   with, for instance `unauthenticated`
   */
  async connect(target: string | object, options: NetronConnectOptions = {}): Promise<RemotePeer> {
    if (this.#stopped !== undefined) throw new NetronError('failed_precondition', 'the node was stopped');
    const settings = this.#options;
    const transport = typeof target === 'string' ? this.#transports.forAddress(target) : this.#transports.forObjects;
    const timeout = options.timeout ?? settings.connectTimeout ?? 10_000;
    const seat = this.#takeSeat(typeof target === 'string' ? target : '');
    const credentials = 'credentials' in options ? options.credentials : settings.credentials;
    const attempts = options.maxReconnectAttempts ?? settings.maxReconnectAttempts ?? Infinity;
    const dialer = new Dialer({
      node: this.#core,
      open: (signal) =>
        transport.connect(target as string, { maxMessage: this.#core.limits.message, ...options, timeout, signal }),
      hello: async () =>
        this.#hello(seat, typeof credentials === 'function' ? await (credentials as () => unknown)() : credentials),
      adopt: (id, home) => this.#adopt(id, home),
      renamed: (peer, id) => this.#renamed(peer, id),
      timeout,
      attempts,
      firstAttempts: options.maxReconnectAttempts ?? 0,
      delay: options.reconnectDelay ?? settings.reconnectDelay ?? 1_000,
      reconnects: transport.supports.reconnection,
    });
    this.#dialing.add(dialer);
    try {
      seat.peer = await dialer.connect(options.signal);
      if (seat.peer.state === 'closed') seat.taken = false;
      return seat.peer;
    } catch (error) {
      seat.taken = false;
      throw error;
    } finally {
      this.#dialing.delete(dialer);
    }
  }

  /** Calls one method by name: of this node's own service, or of a connected peer that has announced it. */
  async call(service: string, method: string, ...args: unknown[]): Promise<unknown> {
    const own = await this.#core.services.resolve(service).catch(() => undefined);
    const peer = own !== undefined ? this.peer : [...this.#peers.values()].find((candidate) => candidate.hasService(service));
    if (peer instanceof RemotePeer) return peer.call(service, method, args);
    if (own === undefined) {
      for (const candidate of this.#peers.values()) {
        const found = await candidate.queryInterface(service).catch(() => undefined);
        if (found === undefined) continue;
        try {
          return await candidate.call(service, method, args);
        } finally {
          candidate.releaseInterface(found);
        }
      }
      throw new NetronError('not_found', `no service '${service}'`);
    }
    const member = own.definition.members.findIndex(({ name }) => name === method);
    if (member < 0) throw new NetronError('not_found', `service '${service}' has no member '${method}'`);
    return targetOf(await this.peer.queryInterface(service))?.invoke(member, args, undefined);
  }

  /** The services exposed on this node. */
  getServices(): ServiceSummary[] {
    return [...this.#core.services.list()].map(describeService);
  }

  /**
   * Registers a task, under the function's name or another. Peers may run it only when it is registered for them
   * (`{ remote: true }`) or `allowRemoteTasks` says so.
   *
   * @throws TypeError when the function has no name, or the name is taken and `taskOverwriteStrategy` is `throw`
   */
  addTask(task: TaskFunction<RemotePeer>, options?: TaskOptions): void;
  addTask(name: string, task: TaskFunction<RemotePeer>, options?: TaskOptions): void;
  addTask(first: string | TaskFunction<RemotePeer>, second?: TaskFunction<RemotePeer> | TaskOptions, third?: TaskOptions): void {
    if (typeof first === 'string') this.#tasks.addTask(first, second as TaskFunction<RemotePeer>, third);
    else this.#tasks.addTask(first, second as TaskOptions | undefined);
  }

  /** Accepts no more connections; those there stay. Idempotent. */
  async stopListening(): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((server) => server.close()));
  }

  /**
   * Stops the node: accepts no more connections, tells peers to send no more calls, lets calls and streams under way end,
   * then closes every connection. Idempotent; afterwards nothing of the node is left running.
   *
   * @param timeout milliseconds for calls and streams under way. Default `stopTimeout`, 10,000
   */
  stop({ timeout = this.#options.stopTimeout ?? 10_000 }: { timeout?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(timeout);
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(timeout: number): Promise<void> {
    const { clock } = this.#core;
    const end = clock.now() + timeout;
    await this.stopListening();
    this.#reception.close();
    for (const dialer of this.#dialing) dialer.ended();
    for (const { link } of this.#peers.values()) link?.sayGoodbye('unavailable', 'the node is stopping');
    const busy = (): boolean =>
      [...this.#peers.values()].some(({ link }) => link !== undefined && link.incoming.size + link.outgoingStreams.size > 0);
    while (busy() && clock.now() < end) await new Promise<void>((resolve) => clock.setTimeout(resolve, 10));
    // The last answers are written at the end of this turn.
    await new Promise<void>((resolve) => defer(resolve));
    for (const peer of [...this.#known]) peer.leave('the node was stopped');
    await this.#hosting.close();
    this.close();
  }

  async #listen(transport: Transport, at: number | string | undefined, place: object): Promise<void> {
    const server = await transport.listen(at, { maxMessage: this.#core.limits.message, ...place });
    this.#servers.push(server);
    const host = (place as { host?: string }).host;
    const local = host === undefined || /^(localhost|127(\.\d+){3}|::1)$/.test(host);
    if (!local && this.#options.authenticate === undefined) {
      this.#core.logger.warn({ address: server.address }, 'listening beyond this machine without authentication');
    }
    server.accept((connection: Connection) => this.#reception.receive(connection));
  }

  /** The lowest free number for connections to `address`; who comes back to it has its secret, too. */
  #takeSeat(address: string): Seat {
    const seats = this.#seats.get(address) ?? [];
    this.#seats.set(address, seats);
    let seat = seats.find(({ taken }) => !taken);
    if (seat === undefined) {
      seat = { ordinal: seats.length + 1, session: crypto.getRandomValues(new Uint8Array(16)), taken: true, peer: undefined };
      seats.push(seat);
    }
    seat.taken = true;
    return seat;
  }

  #leaveSeat(peer: RemotePeer): void {
    for (const seats of this.#seats.values()) for (const seat of seats) if (seat.peer === peer) seat.taken = false;
  }

  #hello(seat: Pick<Seat, 'ordinal' | 'session'>, credentials: unknown): Hello {
    const { id, limits, compression, services } = this.#core;
    return {
      id,
      ordinal: seat.ordinal,
      session: seat.session,
      limits,
      features: compression === undefined ? [] : [compression.name],
      services: firstOf(services.names()),
      credentials,
    };
  }

  #adopt(id: string, home: PeerHome): RemotePeer {
    const peer = new RemotePeer(this.#core, this.#takeId(id), home);
    this.#known.add(peer);
    return peer;
  }

  #renamed(peer: RemotePeer, id: string): void {
    if (peer.id === id || peer.id.startsWith(`${id}#`)) return;
    this.#core.logger.info({ from: peer.id, to: id }, 'the peer came back as another node');
    this.#ids.delete(peer.id);
    peer.rename(this.#takeId(id));
  }

  #takeId(id: string): string {
    let free = id;
    for (let number = 2; this.#ids.has(free); number += 1) free = `${id}#${number}`;
    this.#ids.add(free);
    return free;
  }

  #connected(peer: RemotePeer): void {
    this.#peers.set(peer.id, peer);
    this.#events.emit('peer:connected', peer);
  }

  #disconnected(peer: RemotePeer, _reason: string, final: boolean): void {
    if (final && this.#known.delete(peer)) this.#ids.delete(peer.id);
    if (final) {
      this.#leaveSeat(peer);
      void this.#hosting.peerLeft(peer);
    }
    if (this.#peers.get(peer.id) !== peer) return;
    this.#peers.delete(peer.id);
    this.#events.emit('peer:disconnected', peer.id);
  }

  #discovered(peer: RemotePeer, service: string): void {
    const at = service.lastIndexOf('@');
    this.#events.emit('service:discovered', { name: service.slice(0, at), version: service.slice(at + 1), peerId: peer.id });
  }
}

/** One of the connections a node has to an address: the number and the secret the other end knows it by. */
interface Seat {
  readonly ordinal: number;
  readonly session: Uint8Array | undefined;
  taken: boolean;
  peer: RemotePeer | undefined;
}

/** As many names as hello has room for; the others follow it. */
function firstOf(names: readonly string[]): readonly string[] {
  let room = helloLimit / 4;
  const end = names.findIndex((name) => {
    room -= name.length + 3;
    return room < 0;
  });
  return end < 0 ? names : names.slice(0, end);
}
