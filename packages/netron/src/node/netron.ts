/**
 * A node, as the program uses it: hands each request to the part that is in charge of it. A table of all members that programs
 * use, most of them one line each: its length is that of their documentation.
 */

import type { BackplaneState } from '../cluster/backplane/backplane.js';
import type { ServiceConnectOptions } from '../cluster/options.js';
import type { Presence } from '../cluster/presence.js';
import type { Rooms } from '../cluster/rooms.js';
import type { Discovery } from '../discovery/discovery.js';
import { createErrorCodec } from '../errors/error-codec.js';
import type { WireError } from '../errors/wire-error.js';
import { EventHub } from '../events/hub.js';
import type { HttpDoor } from '../http/handler.js';
import { Compression } from '../peer/link/compression.js';
import { Definitions } from '../peer/references/definitions.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import { checkTag, type OutdatedEvent, outdatedEvent } from '../service/call/call-tags.js';
import type { CallOptions } from '../service/call/options.js';
import type { Queried } from '../service/call/remote.js';
import type { TaskFunction, TaskOptions } from '../tasks/task-registry.js';
import type { HttpHandler, Transport } from '../transport/transport.js';
import type { Listen, Unlisten } from '../util/emitter.js';
import { readNested } from '../util/read-nested.js';
import { readOptions } from '../util/read-options.js';
import { RichValues } from '../wire/rich-values.js';
import { ValueTypes } from '../wire/value-types.js';
import { type Assembly, assemble } from './assembly.js';
import type { AuthenticationRequest } from './authentication.js';
import type { Target } from './connect-target.js';
import { nodeBasis } from './context.js';
import type { DispatchRequest } from './edge.js';
import { handlerFailed, type NetronEventMap } from './events.js';
import { givenTime, type NodeState } from './life.js';
import { listenRequests } from './listen-requests.js';
import type { LocalPeer } from './local-peer.js';
import { checkOptionNames, nestedOptions } from './option-names.js';
import type { NetronOptions } from './options.js';
import { describeService, type ServiceSummary } from './service-summary.js';

/**
 * A node: exposes services, connects to other nodes, emits and hears events. Everything it knows is its own: two nodes in
 * one process share nothing.
 */
export class Netron extends EventHub {
  /** This node as a peer: where services are exposed. */
  readonly peer: LocalPeer;
  readonly #parts: Assembly;

  /**
   * Creates a node; when it resolves, the node listens wherever it was told to. The same as `prepare` and `startListening`.
   *
   * @throws NetronError `unavailable` when an address is in use, `invalid_argument` when `connectTimeout`,
   *   `handshakeTimeout` or `resumeWindow` is 0
   * @throws TypeError when options contradict each other, or one is unknown
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
  static prepare(options: NetronOptions = {}): Netron {
    const { config, ...given } = readOptions(options);
    checkOptionNames(given);
    return new Netron(readNested({ ...(config && readOptions(config)), ...given }, nestedOptions));
  }

  private constructor(options: NetronOptions) {
    const { types = new ValueTypes() } = options;
    const basis = nodeBasis(options, {
      errors: createErrorCodec(options.errors),
      values: new RichValues(types),
      compression: options.compression && new Compression(options.compression),
      definitions: new Definitions(),
    });
    const onError = handlerFailed(basis.logger);
    let shared: Assembly['shared'] | undefined;
    super({
      clock: basis.clock,
      onError,
      ...(options.eventTimeout !== undefined && { timeout: options.eventTimeout }),
      elsewhere: (pattern, handler) => shared?.subscribe(pattern, handler),
    });
    this.types = types;
    this.#parts = assemble({ hub: this, onError, end: () => this.end() }, options, basis, listenRequests(options));
    this.peer = this.#parts.local;
    shared = this.#parts.shared;
  }

  /** The node's id, as peers see it: the option `id`, or a random one. */
  get id(): string {
    return this.#parts.core.id;
  }

  /** Classes whose instances travel as values of their own; those of `options.types` when given. */
  readonly types: ValueTypes;

  /** Peers that are connected, by id. */
  get peers(): ReadonlyMap<string, RemotePeer> {
    return this.#parts.peers.connected;
  }

  /** The transports this node can use. */
  get transports(): readonly Transport[] {
    return this.#parts.transports.all;
  }

  /** State of the node. It never leaves `stopped`. */
  get state(): NodeState {
    return this.#parts.life.state;
  }

  /** Addresses of this node, for `connect`. */
  get addresses(): readonly string[] {
    return this.#parts.listeners.addresses;
  }

  /** The port of the first listener that has one; 0 when there is none. */
  get listenPort(): number {
    return this.#parts.listeners.port;
  }

  /**
   * The nodes and services of the network, and this node's place among them.
   *
   * @throws NetronError `failed_precondition` when the option `discovery` was not given, or the node has not begun to start
   */
  get discovery(): Discovery {
    return this.#parts.discovery.discovery;
  }

  /**
   * Groups of members on all nodes, and events for those of one group.
   *
   * @throws NetronError `failed_precondition` when the option `events` was not given, or the node has not started
   */
  get rooms(): Rooms {
    return this.#parts.shared.rooms;
  }

  /**
   * Members that are there, on all nodes.
   *
   * @throws NetronError `failed_precondition` when the option `events` was not given, or the node has not started
   */
  get presence(): Presence {
    return this.#parts.shared.presence;
  }

  /** State of the backplane that the option `events.cluster` names; `undefined` without one, and before the node has started. */
  get backplane(): BackplaneState | undefined {
    return this.#parts.shared.backplane;
  }

  /** Calls `listener` at each event of the node; `'*'` means all. Returns a function that ends it. */
  get on(): Listen<NetronEventMap> {
    return this.#parts.events.on;
  }

  /** Like `on`, for the next such event only. */
  get once(): Listen<NetronEventMap> {
    return this.#parts.events.once;
  }

  /** Removes one subscription of a listener, the latest; nothing happens when there is none. */
  get off(): Unlisten<NetronEventMap> {
    return this.#parts.events.off;
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
    return this.#parts.connect(to, options) as Promise<Target<To>['peer']>;
  }

  /**
   * A typed proxy of a service, whichever nodes serve it: this one, when it has the service itself, else those that discovery
   * knows and those that are connected. It is there at once; calls wait until a node is ready, for their time at most. Without
   * options, asking twice uses the same connections.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws NetronError `invalid_argument` for what cannot be the name of a service
   * @throws RangeError, TypeError for options that cannot be
   */
  service<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(
    query: string,
    options?: ServiceConnectOptions,
  ): Queried<T> {
    return this.#parts.service(query, options) as Queried<T>;
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
    try {
      return this.#parts.calls.call(service, method, args, options);
    } catch (error) {
      // Taken off its node.
      return Promise.reject(error);
    }
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
    try {
      return this.#parts.edge.dispatch(request);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @internal What edges of this package use besides. */
  get door(): HttpDoor {
    return this.#parts.door;
  }

  /**
   * Asks the option `authenticate` who a caller of an edge is, as a handshake does for peers. Without that option everybody
   * may call, and nobody has an identity.
   *
   * @returns the identity, for `caller.identity` of `dispatch`
   * @throws NetronError `unauthenticated`; `unavailable` and `resource_exhausted` when it may be tried again. Why stands in the log only
   */
  async authenticate(credentials: unknown, request: AuthenticationRequest): Promise<unknown> {
    return (await this.#parts.authenticate(credentials, request)).identity;
  }

  /** Tells the log of a caller whose login an edge, or middleware, has refused by itself, as the node does for those that `authenticate` refuses. */
  loginRefused(request: AuthenticationRequest, error: unknown): void {
    this.#parts.refused(request, error);
  }

  /** Returns the parts of a thrown value that may leave the process, for instance as the answer of an edge. Never throws. */
  encodeError(error: unknown): WireError {
    return this.#parts.core.errors.encode(error);
  }

  /** The error that another node or edge has encoded: an instance of its class where the class is known here. Never throws. */
  decodeError(wire: WireError): Error {
    return this.#parts.core.errors.decode(wire);
  }

  /**
   * Says what is out of date, to everybody who shows it: clients over HTTP that were given one of these tags, and whoever has
   * subscribed to the event `netron:outdated`. For what changes outside of calls; inside of one: `invalidate`.
   *
   * @throws TypeError for what is no tag: a text of 1 to 256 characters
   */
  invalidate(...tags: string[]): void {
    if (tags.length > 0) void this.publish(outdatedEvent, { tags: tags.map(checkTag) } satisfies OutdatedEvent);
  }

  /** The services exposed on this node. */
  getServices(): ServiceSummary[] {
    return [...this.#parts.services.list()].map(describeService);
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
    if (typeof first === 'string') this.#parts.tasks.addTask(first, second as TaskFunction<RemotePeer>, third);
    else this.#parts.tasks.addTask(first, second as TaskOptions | undefined);
  }

  /**
   * Opens every listener of the options; without any, the node is ready at once. Idempotent while it is `starting` and `ready`.
   *
   * @throws NetronError `unavailable` when an address is in use: nothing is left open, and it may be tried again;
   *   `failed_precondition` when the node is draining or was stopped
   */
  async startListening(): Promise<void> {
    const { http, life } = this.#parts;
    if (http !== undefined) await http.start(this);
    return life.start();
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
    return this.#parts.listeners.serveHttp(handler);
  }

  /** Accepts no more connections; those there stay. Idempotent. */
  async stopListening(): Promise<void> {
    return this.#parts.listeners.close();
  }

  /**
   * Takes leave without going: tells peers to send no more calls, refuses new peers and new requests of edges with
   * `unavailable`, and waits until the calls and streams that this node answers have ended, also those that nobody waits
   * for any more. Calls that come all the same run until then, and are refused with `unavailable` afterwards. Connections,
   * listeners and the node's own calls stay, until `stop()`. Idempotent: one that is given less time shortens the one under way.
   *
   * @param options `timeout`: milliseconds for calls and streams under way. Default `stopTimeout`, 10,000; see `unfinished`
   * @throws TypeError for unknown options; RangeError for a time that is no number from 0
   */
  async drain(options: { timeout?: number } = {}): Promise<void> {
    return this.#parts.life.drain(givenTime('drain', options));
  }

  /** Calls, streams, and connections with unsent bytes that `drain()` or `stop()` did not wait for: their time was up. */
  get unfinished(): number {
    return this.#parts.life.unfinished;
  }

  /** Names of the calls that this node answers, and of those that the streams it sends belong to, as `service.method`. */
  get underWay(): readonly string[] {
    return this.#parts.underWay();
  }

  /**
   * Stops the node: accepts no more connections, tells peers to send no more calls, lets calls and streams under way end,
   * those of peers, whether these are still there or not, and this node's own calls, then closes every connection. New calls
   * of this node fail with `unavailable` as soon as it has nobody to answer to. Idempotent: one that is given less time shortens
   * the one under way, and a drain; afterwards nothing of the node is left running.
   *
   * @param options `timeout`: milliseconds for calls and streams under way. Default `stopTimeout`, 10,000
   * @throws TypeError for unknown options, RangeError for a time that is no number from 0, before anything is stopped; what a listener
   *   failed to close with; `deadline_exceeded` when one does not close within 500 ms. All else is closed all the same
   */
  async stop(options: { timeout?: number } = {}): Promise<void> {
    return this.#parts.life.stop(givenTime('stop', options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
