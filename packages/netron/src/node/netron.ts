/** Puts the parts of a node together, starts them and stops them. */
import { defaultTransports } from '#transports';
import type { ServiceConnectOptions } from '../cluster/options.js';
import type { Discovery } from '../discovery/discovery.js';
import { NetronError } from '../errors/netron-error.js';
import type { WireError } from '../errors/wire-error.js';
import { EventHub } from '../events/bus.js';
import type { NodeRequest, NodeResponse } from '../http/node-messages.js';
import type { CallPeer } from '../middleware/call.js';
import { Acceptor } from '../peer/acceptor.js';
import { Dialer } from '../peer/dialer.js';
import { EventEncoder } from '../peer/events/event-encoder.js';
import { Publisher, type PublisherNode } from '../peer/events/publisher.js';
import { nodeMiddleware } from '../peer/node-middleware.js';
import type { NodeBasis } from '../peer/peer-node.js';
import { type Advertised, advertise, nothingAdvertised } from '../peer/references/advertised.js';
import { type PeerOwner, RemotePeer } from '../peer/remote-peer.js';
import { systemService } from '../peer/system/service.js';
import type { BoundService } from '../service/call/bound-service.js';
import { checkTag, type OutdatedEvent, outdatedEvent } from '../service/call/call-tags.js';
import { Dispatcher } from '../service/call/dispatcher.js';
import { callObserver } from '../service/call/observer.js';
import type { CallOptions } from '../service/call/options.js';
import type { Queried } from '../service/call/remote.js';
import { ServiceRegistry } from '../service/registry.js';
import { serviceBinder } from '../service/service-binder.js';
import { type TaskFunction, type TaskOptions, TaskRegistry } from '../tasks/task-registry.js';
import type { HttpHandler, Transport } from '../transport/transport.js';
import { Transports } from '../transport/transports.js';
import type { Listen, Unlisten } from '../util/emitter.js';
import type { ValueTypes } from '../wire/value-types.js';
import { Access } from './access.js';
import { type AuthenticationRequest, authentication } from './authentication.js';
import { NodeCluster } from './cluster.js';
import { clusterNode } from './cluster-node.js';
import { isServiceQuery, type Target } from './connect-target.js';
import { nodeBasis } from './context.js';
import { NodeDiscovery } from './discovery.js';
import { type DispatchRequest, Edge } from './edge.js';
import { EventAccess } from './event-access.js';
import { type NetronEventMap, NetronEvents } from './events.js';
import { HostedServices } from './hosted-services.js';
import { NodeLife, type NodeState } from './life.js';
import { Listeners } from './listeners.js';
import { LocalPeer } from './local-peer.js';
import {
  boundOf,
  dialSettings,
  fromZero,
  httpListen,
  type ListenRequest,
  listenRequests,
  type NetronConnectOptions,
  type NetronOptions,
} from './options.js';
import { PeerDirectory } from './peer-directory.js';
import { PeerKeys } from './peer-keys.js';
import { ServiceCalls } from './service-calls.js';
import { describeService, type ServiceSummary } from './service-summary.js';

/**
 * A node: exposes services, connects to other nodes, emits and hears events. Everything it knows is its own: two nodes in
 * one process share nothing.
 */
export class Netron extends EventHub {
  /** This node as a peer: where services are exposed. */
  readonly peer: LocalPeer;
  readonly #options: NetronOptions;
  readonly #core: PeerOwner;
  readonly #events: NetronEvents;
  readonly #tasks: TaskRegistry<RemotePeer>;
  readonly #transports: Transports;
  readonly #acceptor: Acceptor;
  readonly #services: ServiceRegistry;
  readonly #access: EventAccess;
  readonly #calls: ServiceCalls;
  readonly #cluster: NodeCluster;
  readonly #edge: Edge;
  readonly #authenticate: ReturnType<typeof authentication>;
  readonly #hosted: HostedServices;
  readonly #listeners: Listeners;
  readonly #peers = new PeerDirectory(() => this.#core);
  readonly #peerKeys: PeerKeys;
  readonly #dialing = new Set<Dialer>();
  readonly #discovery: NodeDiscovery;
  readonly #life: NodeLife;
  #serving = false;

  /**
   * Creates a node; when it resolves, the node listens wherever it was told to. The same as `prepare` and `startListening`.
   *
   * @throws NetronError `unavailable` when an address is in use, `invalid_argument` when `connectTimeout`,
   *   `handshakeTimeout` or `resumeWindow` is 0
   * @throws TypeError when options contradict each other
   * @throws RangeError for numbers and texts that an option cannot be
   */
  static async create(options: NetronOptions = {}): Promise<Netron> {
    const netron = Netron.prepare(options);
    try {
      await netron.startListening();
    } catch (error) {
      await netron.stop().catch(() => {});
      throw error;
    }
    return netron;
  }

  /**
   * Makes a node that opens nothing yet: services are exposed, tasks added and events subscribed before the first peer can
   * come. Follow with `startListening`; `connect` works before that, too.
   *
   * @throws what `create` throws for its options
   */
  static prepare({ config, ...given }: NetronOptions = {}): Netron {
    const options = { ...config, ...given };
    return new Netron(options, nodeBasis(options), listenRequests(options));
  }

  private constructor(options: NetronOptions, basis: NodeBasis, requests: readonly ListenRequest[]) {
    const { clock, logger } = basis;
    const onError = (error: unknown, event: string): void =>
      logger.error({ event, error: error instanceof Error ? error.message : String(error) }, 'an event handler failed');
    super({ clock, onError, ...(options.eventTimeout !== undefined && { timeout: options.eventTimeout }) });
    this.#options = options;
    this.#peerKeys = new PeerKeys(basis.randomBytes);
    this.types = basis.types;
    // Refuses what cannot be, before anybody connects or stops.
    dialSettings({}, options);
    fromZero(options.stopTimeout ?? 0);
    fromZero(options.eventTimeout ?? 0);
    this.#events = new NetronEvents(onError);
    this.#tasks = new TaskRegistry<RemotePeer>(options);
    this.#transports = new Transports([...defaultTransports(), ...(options.additionalTransports ?? [])]);
    const middleware = nodeMiddleware(options, basis);
    let advertised: Advertised | undefined;
    const services = new ServiceRegistry(serviceBinder(middleware), ({ added, removed, replaced }) => {
      const names = (bound: typeof added): string[] =>
        bound === undefined ? [] : [`${bound.definition.name}@${bound.definition.version}`];
      advertised = undefined;
      for (const name of names(added)) this.#events.emit('service:exposed', name);
      for (const name of names(removed)) this.#events.emit('service:concealed', name);
      this.#discovery.changed();
      this.#cluster.changed();
      for (const link of this.#peers.links) {
        if (replaced && added !== undefined && removed !== undefined) {
          // Whoever has the definition before looks for the new one, and may use that one until then.
          const same = link.replace(removed, added);
          if (!same && guard.sees(link.owner, added)) link.publisher?.announce(names(added), names(removed));
          continue;
        }
        if (removed !== undefined) link.conceal(removed);
        const seen = (bound: typeof added): typeof added => (bound && guard.sees(link.owner, bound) ? bound : undefined);
        if ((seen(added) ?? seen(removed)) !== undefined) link.publisher?.announce(names(seen(added)), names(seen(removed)));
      }
    });
    const guard = new Access(options, clock, onError);
    /** The service that a caller asks for, if it sees it and may have it. */
    const resolve = async (query: string, caller: CallPeer): Promise<BoundService> => {
      const bound = await services.resolve(query, guard.open(caller) ? undefined : (each) => guard.sees(caller, each));
      await guard.allow(caller, { kind: 'query', service: bound.definition });
      return bound;
    };
    const access = new EventAccess(this, options, onError);
    this.#access = access;
    this.#services = services;
    const names = (caller: CallPeer): string[] => {
      if (guard.open(caller)) return services.names();
      const seen = [...services.list()].filter((bound) => guard.sees(caller, bound));
      return seen.map(({ definition }) => `${definition.name}@${definition.version}`);
    };
    const definitionOf = (service: object | undefined) => service && services.bind(service)?.definition;
    const publisherNode: PublisherNode = {
      events: new EventEncoder(basis.errors, basis.types),
      selective: options.visible !== undefined,
      names,
      unseen: (caller) => (guard.open(caller) ? [] : [...services.list()].filter((bound) => !guard.sees(caller, bound))),
      allow: (caller, service, event) => guard.allow(caller, { kind: 'subscribe', service: definitionOf(service), event }),
      attach: (service, subscriber) => access.attach(service, subscriber),
    };
    this.#core = {
      ...basis,
      middleware,
      services: { bind: services.bind, exposes: (bound) => services.exposes(bound), names },
      advertised: (caller) => {
        // Whoever has to be asked for them is.
        if (guard.asks) return nothingAdvertised;
        if (!guard.open(caller)) return advertise([...services.list()].filter((bound) => guard.sees(caller, bound)));
        advertised ??= advertise(services.list());
        return advertised;
      },
      system: systemService({
        resolve,
        tasks: this.#tasks,
        incomingChain: middleware.incomingChain,
        authenticate: options.authenticate === undefined ? undefined : (given, request) => this.#authenticate(given, request),
        exposeFor: (peer, service) => this.#hosted.exposeFor(peer, service),
        concealFor: (peer, name) => this.#hosted.concealFor(peer, name),
      }),
      publisher: (link, announced, concealed) => new Publisher(link, publisherNode, announced, concealed),
      dispatcher: new Dispatcher({
        ...basis,
        observer: callObserver(this.#events, basis),
        callContext: options.callContext ?? 'auto',
        outdated: (tags) => this.invalidate(...tags),
      }),
      peerConnected: (peer) => this.#connected(peer),
      peerDisconnected: (peer, final) => this.#disconnected(peer, final),
      serviceDiscovered: (peer, service) => this.#discovered(peer, service),
    };
    this.#hosted = new HostedServices(this, services, options.allowRemoteServices ?? false);
    this.peer = new LocalPeer({
      ...this.#core,
      services,
      incomingChain: middleware.incomingChain,
      tasks: this.#tasks,
      expose: async (service, given) => {
        this.#checkNotStopped();
        await this.#hosted.expose(service, given);
      },
      conceal: (name) => this.#hosted.conceal(name),
      listen: (service, event, listener) => access.listen(service, event, listener),
      reportError: (error) => onError(error, 'service'),
    });
    this.#edge = new Edge({ ...this.#core, resolve });
    this.#authenticate = authentication(options.authenticate, logger);
    this.#acceptor = new Acceptor({
      node: this.#core,
      timeout: boundOf('handshakeTimeout', options.handshakeTimeout, 5_000),
      resumeWindow: boundOf('resumeWindow', options.resumeWindow, 30_000),
      authenticate: this.#authenticate,
      adopt: (id, reconnector) => this.#peers.adopt(id, reconnector),
    });
    for (const { transport } of requests) this.#transports.named(transport);
    this.#listeners = new Listeners({
      clock,
      scheduler: basis.scheduler,
      logger,
      maxMessage: basis.announced.message,
      authenticated: options.authenticate !== undefined,
      transport: (name) => this.#transports.named(name),
      accept: (connection, { options: { services: only } }) =>
        this.#acceptor.receive(connection, only === undefined ? undefined : new Set(only)),
    });
    this.#discovery = new NodeDiscovery(
      {
        id: basis.id,
        clock,
        random: basis.random,
        randomBytes: basis.randomBytes,
        logger,
        schemes: new Set(this.transports.flatMap(({ schemes }) => schemes)),
        addresses: () => this.addresses,
        services: () => services.names(),
        draining: () => this.state === 'draining',
        connected: (id) => id === this.id || this.peers.has(id),
        listen: (transport, at) => this.#listeners.open({ transport, at, options: {} }),
      },
      options,
      boundOf('connectTimeout', options.connectTimeout, 10_000),
    );
    const parts = { ...this.#core, peers: this.#peers.connected, peer: this.peer, discovery: () => this.#discovery.current };
    this.#cluster = new NodeCluster(clusterNode(parts, options, (address, dial) => this.#dial(address, dial)));
    this.#calls = new ServiceCalls(
      () => [this.peer, ...this.#peers.connected.values()],
      (query, method, args, given) =>
        this.#discovery.current === undefined ? undefined : this.#cluster.call(query, method, args, given),
    );
    this.#life = new NodeLife(
      {
        clock,
        scheduler: basis.scheduler,
        listeners: this.#listeners,
        peers: this.#peers,
        dialing: this.#dialing,
        acceptor: this.#acceptor,
        edge: this.#edge,
        dispatcher: this.#core.dispatcher,
        discovery: this.#discovery,
        leaving: () => this.#events.emit('draining', undefined),
        release: async () => {
          await this.#hosted.close();
          this.#cluster.close();
          this.#access.close();
          this.end();
        },
      },
      requests,
    );
  }

  /** The node's id, as peers see it: the option `id`, or a random one. */
  get id(): string {
    return this.#core.id;
  }

  /** Classes whose instances travel as values of their own; those of `options.types` when given. */
  readonly types: ValueTypes;

  /** Peers that are connected, by id. */
  get peers(): ReadonlyMap<string, RemotePeer> {
    return this.#peers.connected;
  }

  /** The transports this node can use. */
  get transports(): readonly Transport[] {
    return this.#transports.all;
  }

  /** State of the node. It never leaves `stopped`. */
  get state(): NodeState {
    return this.#life.state;
  }

  /** Addresses of this node, for `connect`. */
  get addresses(): readonly string[] {
    return this.#listeners.addresses;
  }

  /** The port of the first listener that has one; 0 when there is none. */
  get listenPort(): number {
    return this.#listeners.port;
  }

  /**
   * The nodes and services of the network, and this node's place among them.
   *
   * @throws NetronError `failed_precondition` when the option `discovery` was not given, or the node has not started
   */
  get discovery(): Discovery {
    return this.#discovery.discovery;
  }

  /** Calls `listener` at each event of the node; `'*'` means all. Returns a function that ends it. */
  get on(): Listen<NetronEventMap> {
    return this.#events.on;
  }

  /** Like `on`, for the next such event only. */
  get once(): Listen<NetronEventMap> {
    return this.#events.once;
  }

  /** Removes one subscription of a listener, the latest; nothing happens when there is none. */
  get off(): Unlisten<NetronEventMap> {
    return this.#events.off;
  }

  /**
   * Connects to another node, or to all nodes that have a service.
   *
   * @param to an address, whose scheme picks the transport; what a transport connects to directly: a child process, a worker,
   *   a message port; or the name of a service, which has no colon: `users`, `users@^1.0.0`. A text of which the compiler knows
   *   nothing is taken for an address in types
   * @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument`, or what the other node refused
   *   with, for instance `unauthenticated`
   */
  async connect<const To extends string | object>(to: To, options: Target<To>['options'] = {}): Promise<Target<To>['peer']> {
    this.#checkNotStopped();
    const peer: unknown = isServiceQuery(to)
      ? await this.#cluster.connect(to, options as ServiceConnectOptions)
      : await this.#dial(to, options as NetronConnectOptions);
    return peer as Target<To>['peer'];
  }

  /**
   * A typed proxy of a service, whichever nodes serve it: this one, when it has the service itself, else those that discovery
   * knows and those that are connected. It is there at once; calls wait until a node is ready, for their time at most. Without
   * options, asking twice uses the same connections.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws RangeError, TypeError for options that cannot be
   */
  service<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(
    query: string,
    options?: ServiceConnectOptions,
  ): Queried<T> {
    this.#checkNotStopped();
    return this.#cluster.service(query, options) as Queried<T>;
  }

  async #dial(target: string | object, options: NetronConnectOptions): Promise<RemotePeer> {
    const settings = dialSettings(options, this.#options);
    const transport = typeof target === 'string' ? this.#transports.forAddress(target) : this.#transports.forObjects;
    const peerKey = this.#peerKeys.take(target);
    const dialer = new Dialer({
      node: this.#core,
      transport,
      target,
      settings,
      peerKey,
      adopt: (id, reconnector) => this.#peers.adopt(id, reconnector),
      renamed: (peer, id) => this.#peers.rename(peer, id),
    });
    this.#dialing.add(dialer);
    try {
      const peer = await dialer.connect(options.signal);
      this.#peerKeys.assign(peerKey, peer);
      return peer;
    } catch (error) {
      peerKey.taken = false;
      throw error;
    } finally {
      this.#dialing.delete(dialer);
    }
  }

  /**
   * Calls one member by name: of this node's own service, else of a connected peer that has announced it. Through the same
   * middleware as calls of proxies.
   *
   * @param service `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @param args an array is the argument list, anything else the single argument. Default none
   * @throws NetronError `not_found`; `invalid_argument` when what follows the `@` is no version or range; what the call fails with
   * @throws TypeError for options that no call can have
   */
  call(service: string, method: string, args?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#calls.call(service, method, args, options);
  }

  /**
   * Runs a call that came by other means than a connection to this node, for instance by HTTP or from a queue: through the
   * same middleware, limits, deadlines and observers as all others.
   *
   * @returns what the member answers; of a stream an async iterable, which the edge reads and ends
   * @throws NetronError `not_found`; `invalid_argument`; `resource_exhausted` when the caller has `limits.calls` calls in
   *   flight; `deadline_exceeded`; `canceled`; `unavailable` when the node is stopping; or what the member throws
   * @throws TypeError for options that no call can have
   */
  dispatch(request: DispatchRequest): Promise<unknown> {
    return this.#edge.dispatch(request);
  }

  /**
   * @internal The service that a caller asks for, for edges that have to know its members before they call one.
   *
   * @throws NetronError `not_found`, `invalid_argument`, `unavailable`
   */
  resolveFor(service: string, caller: CallPeer): Promise<BoundService> {
    return this.#edge.resolve(service, caller);
  }

  /** @internal `dispatch` for a service that is known already. */
  dispatchTo(service: BoundService, request: DispatchRequest): unknown {
    return this.#edge.run(service, request, this.#core.clock.now());
  }

  /**
   * Asks the option `authenticate` who a caller of an edge is, as a handshake does for peers. Without that option everybody
   * may call, and nobody has an identity.
   *
   * @returns the identity, for `caller.identity` of `dispatch`
   * @throws NetronError `unauthenticated`; why stands in the log only
   */
  async authenticate(credentials: unknown, request: AuthenticationRequest): Promise<unknown> {
    return (await this.#authenticate(credentials, request)).identity;
  }

  /** Returns the parts of a thrown value that may leave the process, for instance as the answer of an edge. Never throws. */
  encodeError(error: unknown): WireError {
    return this.#core.errors.encode(error);
  }

  /** The error that another node or edge has encoded: an instance of its class where the class is known here. Never throws. */
  decodeError(wire: WireError): Error {
    return this.#core.errors.decode(wire);
  }

  /**
   * Says what is out of date, to everybody who shows it: clients over HTTP that were given one of these tags, and whoever has
   * subscribed to the event `netron:outdated`. For what changes outside of calls; inside of one: `invalidate`.
   *
   * @throws TypeError for what is no tag: a text of 1 to 256 characters
   */
  invalidate(...tags: string[]): void {
    for (const tag of tags) checkTag(tag);
    if (tags.length > 0) void this.publish(outdatedEvent, { tags } satisfies OutdatedEvent);
  }

  /** The services exposed on this node. */
  getServices(): ServiceSummary[] {
    return [...this.#services.list()].map(describeService);
  }

  /**
   * Registers a task, under the function's name or another, and offers it to peers: `{ remote: false }` keeps it to this
   * node, the option `allowRemoteTasks` narrows what peers may run.
   *
   * @throws TypeError when the function has no name, or the name is taken and `taskOverwriteStrategy` is `throw`
   */
  addTask(task: TaskFunction<RemotePeer>, options?: TaskOptions): void;
  /** Registers a task under a name of its own. */
  addTask(name: string, task: TaskFunction<RemotePeer>, options?: TaskOptions): void;
  addTask(first: string | TaskFunction<RemotePeer>, second?: TaskFunction<RemotePeer> | TaskOptions, third?: TaskOptions): void {
    if (typeof first === 'string') this.#tasks.addTask(first, second as TaskFunction<RemotePeer>, third);
    else this.#tasks.addTask(first, second as TaskOptions | undefined);
  }

  /**
   * Opens every listener of the options; without any, the node is ready at once. Idempotent while it is `starting` and `ready`.
   *
   * @throws NetronError `unavailable` when an address is in use: nothing is left open, and it may be tried again;
   *   `failed_precondition` when the node is draining or was stopped
   */
  async startListening(): Promise<void> {
    const http = httpListen(this.#options);
    if (http !== undefined && !this.#serving) {
      this.#serving = true;
      const { httpHandler } = await import('../http/handler.js');
      const { message, elements } = this.#core.announced;
      const { node } = httpHandler(this, { maxBody: message, maxElements: elements, ...http });
      this.serveHttp({ request: (request, response) => void node(request as NodeRequest, response as NodeResponse) });
    }
    return this.#life.start();
  }

  /**
   * Hands HTTP requests of the node's WebSocket listeners to a handler, and upgrades with the subprotocols it names. Without
   * one, requests are answered 426. On an HTTP server of the program (option `server`) the program's own listeners of
   * `request` come first.
   *
   * @returns ends it
   * @throws TypeError when there is a handler already
   */
  serveHttp(handler: HttpHandler): () => void {
    return this.#listeners.serveHttp(handler);
  }

  /** Accepts no more connections; those there stay. Idempotent. */
  stopListening(): Promise<void> {
    return this.#listeners.close();
  }

  /**
   * Takes leave without going: tells peers to send no more calls, refuses new peers and new requests of edges with
   * `unavailable`, and waits until the calls and streams that this node answers have ended. Calls that come all the same
   * run until then, and are refused with `unavailable` afterwards. Connections, listeners and the node's own calls stay,
   * until `stop()`. Idempotent.
   *
   * @param timeout milliseconds for calls and streams under way. Default `stopTimeout`, 10,000; see `unfinished`
   */
  drain({ timeout = this.#options.stopTimeout ?? 10_000 }: { timeout?: number } = {}): Promise<void> {
    return this.#life.drain(fromZero(timeout));
  }

  /**
   * Calls and streams, of others and of this node, that `drain()` or `stop()` did not wait for because its time was up, and
   * connections whose last bytes had not left the process by then; 0 until then.
   */
  get unfinished(): number {
    return this.#life.unfinished;
  }

  /**
   * Stops the node: accepts no more connections, tells peers to send no more calls, lets calls and streams under way end,
   * those of peers and this node's own calls, then closes every connection. New calls of this node fail with `unavailable`
   * as soon as it has nobody to answer to. Idempotent; afterwards nothing of the node is left running.
   *
   * @param timeout milliseconds for calls and streams under way. Default `stopTimeout`, 10,000
   * @throws what a listener failed to close with; `deadline_exceeded` when one does not close within 500 ms. All else is
   *   closed all the same
   */
  stop({ timeout = this.#options.stopTimeout ?? 10_000 }: { timeout?: number } = {}): Promise<void> {
    return this.#life.stop(timeout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #checkNotStopped(): void {
    if (this.#life.stopping) throw new NetronError('failed_precondition', 'the node was stopped');
  }

  #connected(peer: RemotePeer): void {
    this.#peers.connected.set(peer.id, peer);
    this.#events.emit('peer:connected', peer);
    this.#cluster.changed();
  }

  #disconnected(peer: RemotePeer, final: boolean): void {
    if (final) {
      this.#peers.forget(peer);
      this.#peerKeys.leave(peer);
      void this.#hosted.peerLeft(peer);
    }
    if (this.#peers.connected.get(peer.id) === peer) {
      this.#peers.connected.delete(peer.id);
      this.#discovery.peerLeft(peer.id);
      this.#events.emit('peer:disconnected', peer.id);
    }
    this.#cluster.changed();
  }

  #discovered(peer: RemotePeer, service: string): void {
    const at = service.lastIndexOf('@');
    this.#events.emit('service:discovered', { name: service.slice(0, at), version: service.slice(at + 1), peerId: peer.id });
    this.#cluster.changed();
  }
}
