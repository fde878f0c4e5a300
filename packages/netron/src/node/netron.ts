/**
 * The public class of a node: passes each request to the part that is responsible for it. Most members are one line; the
 * length of the file is their documentation.
 */

import type { BackplaneState } from '../cluster/backplane/backplane.js';
import type { ServiceConnectOptions } from '../cluster/options.js';
import type { Presence } from '../cluster/presence.js';
import type { Rooms } from '../cluster/rooms.js';
import type { Discovery } from '../discovery/discovery.js';
import { createErrorCodec } from '../errors/error-codec.js';
import type { WireError } from '../errors/wire-error.js';
import { EventHub } from '../events/hub.js';
import type { HttpAccess } from '../http/handler.js';
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
import { fromZero } from './checked-options.js';
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
 * A node: exposes services, connects to other nodes, emits and receives events. All of its state is its own: two nodes in
 * one process share nothing.
 */
export class Netron extends EventHub {
  /** This node as a peer: exposes its services. */
  readonly peer: LocalPeer;
  readonly #parts: Assembly;

  /**
   * Creates a node and starts it: combines `prepare` and `startListening`. When the promise resolves, the node listens at every place
   * that its options name.
   *
   * @throws NetronError `unavailable` when an address is in use, `invalid_argument` when `connectTimeout`,
   *   `handshakeTimeout` or `resumeWindow` is 0
   * @throws TypeError when options contradict each other, or one is unknown
   * @throws RangeError for numbers and strings that an option does not allow
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
   * Makes a node that does not listen yet, so that services can be exposed, tasks added and events subscribed to before the first
   * peer connects. Call `startListening` next; `connect` works before that, too.
   *
   * @throws TypeError, RangeError, NetronError for invalid options, as `create`
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
      ...(options.eventTimeout !== undefined && { timeout: fromZero('eventTimeout', options.eventTimeout) }),
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

  /** Classes whose instances are transferred as values of their own; `options.types` when given. */
  readonly types: ValueTypes;

  /** Connected peers, by id. */
  get peers(): ReadonlyMap<string, RemotePeer> {
    return this.#parts.peers.connected;
  }

  /** Transports that this node can use. */
  get transports(): readonly Transport[] {
    return this.#parts.transports.all;
  }

  /** State of the node. `stopped` is final. */
  get state(): NodeState {
    return this.#parts.life.state;
  }

  /** Addresses at which this node listens, for `connect`. */
  get addresses(): readonly string[] {
    return this.#parts.listeners.addresses;
  }

  /** The port of the first listener that has one; 0 when there is none. */
  get listenPort(): number {
    return this.#parts.listeners.port;
  }

  /**
   * Discovery: the nodes and services of the network, and this node's own registration.
   *
   * @throws NetronError `failed_precondition` when the option `discovery` was not given, or the node has not begun to start
   */
  get discovery(): Discovery {
    return this.#parts.discovery.discovery;
  }

  /**
   * Rooms: groups of members across all nodes, and events for the members of a group.
   *
   * @throws NetronError `failed_precondition` when the option `events` was not given, or the node has not started
   */
  get rooms(): Rooms {
    return this.#parts.shared.rooms;
  }

  /**
   * Presence: the members that are online, across all nodes.
   *
   * @throws NetronError `failed_precondition` when the option `events` was not given, or the node has not started
   */
  get presence(): Presence {
    return this.#parts.shared.presence;
  }

  /** State of the backplane of the option `events.cluster`; `undefined` without one, and before the node has started. */
  get backplane(): BackplaneState | undefined {
    return this.#parts.shared.backplane;
  }

  /** Calls `listener` for each event of the node; `'*'` means all events. Returns a function that removes the listener. */
  get on(): Listen<NetronEventMap> {
    return this.#parts.events.on;
  }

  /** Like `on`, but only for the next such event. */
  get once(): Listen<NetronEventMap> {
    return this.#parts.events.once;
  }

  /** Removes a listener's latest subscription; does nothing when there is none. */
  get off(): Unlisten<NetronEventMap> {
    return this.#parts.events.off;
  }

  /**
   * Connects to another node, or to all nodes that have a service.
   *
   * @param to an address, whose scheme selects the transport; an object that a transport connects to directly: a child process, a
   *   worker, a message port; or the name of a service, which has no colon: `users`, `users@^1.0.0`. The types treat a string that is not
   *   a literal as an address
   * @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument`, or the error with which the other
   *   node refused, for instance `unauthenticated`
   */
  async connect<const To extends string | object>(to: To, options: Target<To>['options'] = {}): Promise<Target<To>['peer']> {
    return this.#parts.connect(to, options) as Promise<Target<To>['peer']>;
  }

  /**
   * Returns a typed proxy of a service, whichever nodes serve it: this node, when it has the service itself, or else nodes that
   * discovery knows or that are connected. Synchronous; calls wait until a node is ready, for at most their own timeout. Without
   * options, proxies of the same query share their connections.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws NetronError `invalid_argument` for an invalid name of a service
   * @throws RangeError, TypeError for invalid options
   */
  service<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(
    query: string,
    options?: ServiceConnectOptions,
  ): Queried<T> {
    return this.#parts.service(query, options) as Queried<T>;
  }

  /**
   * Calls one member by name: of this node's own service, or else of a connected peer that has announced it or a node that discovery
   * knows. The call takes the same path as calls of proxies, middleware included.
   *
   * @param service `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @param args an array is the argument list, any other value the single argument. Default: no arguments
   * @throws NetronError `not_found`; `invalid_argument` when the text after `@` is not a version or range; the error of the call
   * @throws TypeError for unknown options
   */
  call(service: string, method: string, args?: unknown, options?: CallOptions): Promise<unknown> {
    try {
      return this.#parts.calls.call(service, method, args, options);
    } catch (error) {
      // Called without its node, as an unbound function.
      return Promise.reject(error);
    }
  }

  /**
   * Runs a call that came by other means than a connection to this node, for instance over HTTP or from a queue, through the
   * same middleware, limits, deadlines and observers as all other calls.
   *
   * @returns the result of the member; for a stream an async iterable, which the edge reads and ends
   * @throws NetronError `not_found`; `invalid_argument`; `resource_exhausted` when the caller has `limits.calls` calls in
   *   flight; `deadline_exceeded`; `canceled`; `unavailable` when the node is stopping; or the error that the member throws
   * @throws TypeError for unknown options
   */
  dispatch(request: DispatchRequest): Promise<unknown> {
    try {
      return this.#parts.edge.dispatch(request);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @internal Entry point of the edges of this package. */
  get httpAccess(): HttpAccess {
    return this.#parts.httpAccess;
  }

  /**
   * Authenticates a caller of an edge with the option `authenticate`, as a handshake does for peers. Without that option every
   * caller is accepted, without an identity.
   *
   * @returns the identity, for `caller.identity` of `dispatch`
   * @throws NetronError `unauthenticated`; `unavailable` and `resource_exhausted` when it may be tried again. The reason is only logged
   */
  async authenticate(credentials: unknown, request: AuthenticationRequest): Promise<unknown> {
    return (await this.#parts.authenticate(credentials, request)).identity;
  }

  /** Logs a login that an edge or middleware has refused itself, as the node logs those that `authenticate` refuses. */
  loginRefused(request: AuthenticationRequest, error: unknown): void {
    this.#parts.refused(request, error);
  }

  /** Returns the parts of a thrown value that may leave the process, for instance as the response of an edge. Never throws. */
  encodeError(error: unknown): WireError {
    return this.#parts.core.errors.encode(error);
  }

  /** Returns the error that another node or edge has encoded: an instance of its class if the class is known here. Never throws. */
  decodeError(wire: WireError): Error {
    return this.#parts.core.errors.decode(wire);
  }

  /**
   * Invalidates tags, outside of a call (in a call: `invalidate` of the package): HTTP clients that received data with one of these tags
   * are told to revalidate, and the event `netron:outdated` is published on the node's bus.
   *
   * @throws TypeError for an invalid tag: a tag is a string of 1 to 256 characters
   */
  invalidate(...tags: string[]): void {
    if (tags.length > 0) void this.publish(outdatedEvent, { tags: tags.map(checkTag) } satisfies OutdatedEvent);
  }

  /** Returns a summary of each service that is exposed on this node. */
  getServices(): ServiceSummary[] {
    return [...this.#parts.services.list()].map(describeService);
  }

  /**
   * Registers a task, under the function's name or a given one, and offers it to peers. `{ remote: false }` keeps it to this
   * node; the option `allowRemoteTasks` narrows the tasks that peers may run.
   *
   * @throws TypeError when the function has no name, or the name is taken and `taskOverwriteStrategy` is `throw`
   */
  addTask(task: TaskFunction<RemotePeer>, options?: TaskOptions): void;
  /** Registers a task under a given name. */
  addTask(name: string, task: TaskFunction<RemotePeer>, options?: TaskOptions): void;
  addTask(first: string | TaskFunction<RemotePeer>, second?: TaskFunction<RemotePeer> | TaskOptions, third?: TaskOptions): void {
    if (typeof first === 'string') this.#parts.tasks.addTask(first, second as TaskFunction<RemotePeer>, third);
    else this.#parts.tasks.addTask(first, second as TaskOptions | undefined);
  }

  /**
   * Opens every listener of the options; without any, the node is ready at once. Idempotent while the node is `starting` or `ready`.
   *
   * @throws NetronError `unavailable` when an address is in use: no listener stays open, and the call may be repeated;
   *   `failed_precondition` when the node is draining or was stopped
   */
  async startListening(): Promise<void> {
    const { http, life } = this.#parts;
    if (http !== undefined) await http.start(this);
    return life.start();
  }

  /**
   * Passes HTTP requests of the node's WebSocket listeners to a handler, and upgrades with the subprotocols that it names. Without
   * a handler, requests get status 426. On an HTTP server of the program (option `server`), the program's own `request`
   * listeners come first.
   *
   * @returns a function that removes the handler
   * @throws TypeError when there is a handler already
   */
  serveHttp(handler: HttpHandler): () => void {
    return this.#parts.listeners.serveHttp(handler);
  }

  /** Stops accepting connections; existing ones stay open. Idempotent. */
  async stopListening(): Promise<void> {
    return this.#parts.listeners.close();
  }

  /**
   * Prepares the node to be stopped: tells peers to send no more calls, refuses new peers and new requests of edges with
   * `unavailable`, and waits until the calls and streams that this node answers have ended, including those whose callers have
   * gone. Calls that still arrive meanwhile run; later ones are refused with `unavailable`. Connections, listeners and the
   * node's own calls stay until `stop()`. Idempotent: a later call with less time shortens the drain in progress.
   *
   * @param options `timeout`: milliseconds for calls and streams in flight. Default `stopTimeout`, 10,000; see `unfinished`
   * @throws TypeError for unknown options; RangeError for a time that is not a number from 0
   */
  async drain(options: { timeout?: number } = {}): Promise<void> {
    return this.#parts.life.drain(givenTime('drain', options));
  }

  /** Number of calls, streams and connections with unsent bytes that `drain()` or `stop()` no longer waited for because of the timeout. */
  get unfinished(): number {
    return this.#parts.life.unfinished;
  }

  /** Names, as `service.method`, of the calls that this node answers, and of the members whose streams it sends. */
  get underWay(): readonly string[] {
    return this.#parts.underWay();
  }

  /**
   * Stops the node: accepts no more connections, tells peers to send no more calls, waits for calls and streams in flight (those
   * of peers, connected or not, and this node's own), then closes every connection. New calls of this node fail with
   * `unavailable` as soon as it has no more calls to answer. Idempotent: a later call with less time shortens the stop in progress,
   * and a drain. When the promise settles, the node has released all of its resources.
   *
   * @param options `timeout`: milliseconds for calls and streams in flight. Default `stopTimeout`, 10,000
   * @throws TypeError for unknown options, RangeError for a time that is not a number from 0, both before anything is stopped; the error
   *   of a listener that fails to close; `deadline_exceeded` when one does not close within 500 ms. Everything else is closed nevertheless
   */
  async stop(options: { timeout?: number } = {}): Promise<void> {
    return this.#parts.life.stop(givenTime('stop', options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
