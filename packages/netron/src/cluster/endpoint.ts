/** One node at which a service is called: sends the calls that a balancer has assigned to it over one of its connections. */
import type { BalancedPeer } from '../balance/load-balancer.js';
import type { NodeInfo } from '../discovery/node-info.js';
import { NetronError } from '../errors/netron-error.js';
import type { ServiceBinding } from '../peer/binding.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import { targetOf } from '../service/call/proxy.js';
import type { ServiceDefinition } from '../service/definition.js';
import type { Connector } from './connector.js';
import type { NodeConnection } from './node-connection.js';
import type { ServiceSettings } from './options.js';

/** Numbers of members by name, for each definition: nodes with the same version share them. */
const numbers = new WeakMap<ServiceDefinition, ReadonlyMap<string, number>>();

/** One connection to the node, and the service on it. */
export class Line {
  readonly connection: NodeConnection;
  /** Whether calls can be sent on it. All other states of the node and its service are derived from this. */
  ready = false;
  /** Number of calls in flight on it. */
  active = 0;
  /** The service, once it was found there. */
  binding: ServiceBinding | undefined;
  /** Numbers of the service's members, by name. */
  members: ReadonlyMap<string, number> = new Map();
  release: () => void = () => {};
  /** The service that is being looked up. */
  sought: string | undefined;
  /** Whether anything has changed since that lookup began. */
  changed = false;
  /** Bindings that were replaced while they had calls in flight. */
  readonly #replaced: ServiceBinding[] = [];
  /** Whether the program has released the proxy explicitly, which also releases results of its calls. */
  #byHand = false;
  /** Whether the service is no longer called here. */
  ended = false;

  constructor(connection: NodeConnection) {
    this.connection = connection;
  }

  /** Updates `ready` after the connection or the service on it has changed. */
  settle(): void {
    const { binding, connection } = this;
    this.ready = connection.ready && binding?.attached === true && binding.owner === connection.peer;
  }

  /** Replaces the service; the old binding is released when its calls have ended. */
  use(binding: ServiceBinding | undefined): void {
    if (this.binding !== undefined) this.#replaced.push(this.binding);
    this.binding = binding;
    if (binding !== undefined) this.members = numbersOf(binding.definition);
    this.settle();
    this.#giveBack();
  }

  /** @param byHand whether results of calls are released as well */
  end(byHand: boolean): void {
    this.ended = true;
    this.#byHand = byHand;
    this.use(undefined);
    this.release();
  }

  /** Called when a call on it has ended. */
  callEnded(): void {
    this.active -= 1;
    if (this.active === 0) this.#giveBack();
  }

  #giveBack(): void {
    if (this.active > 0 || this.#replaced.length === 0) return;
    for (const binding of this.#replaced.splice(0)) this.#byHand ? binding.dispose() : binding.leave();
  }
}

/** Number of connections to a node, and the session of each. */
export type ConnectionWay = Pick<ServiceSettings, 'connections' | 'session'>;

export class Endpoint implements BalancedPeer {
  readonly id: string;
  node: NodeInfo;
  weight: number;
  /** `name@version`; `undefined` while it is not known. */
  service: string | undefined;
  active = 0;
  quietSince = 0;
  /** Time of its last answer, in milliseconds on the monotonic clock. */
  answeredAt = -Infinity;
  /** Whether the last health check was answered, or there was none. */
  healthy = true;
  readonly lines: readonly Line[];
  readonly #changed: (endpoint: Endpoint) => void;
  #error: Error | undefined;

  /**
   * @param way number and session of the connections
   * @param changed called as soon as the endpoint is ready, or no longer ready; also without a change
   */
  constructor(
    connector: Connector,
    node: NodeInfo,
    service: string | undefined,
    { connections, session }: ConnectionWay,
    changed: (endpoint: Endpoint) => void,
  ) {
    this.id = node.id;
    this.node = node;
    this.weight = node.weight;
    this.service = service;
    this.#changed = changed;
    // A peer that has connected to this node has only that one connection.
    const length = node.addresses.length === 0 ? 1 : connections;
    this.lines = Array.from({ length }, (_, number) => new Line(connector.to(node, number + 1, session)));
  }

  /** Whether calls can be sent there now. */
  get ready(): boolean {
    for (const line of this.lines) if (line.ready) return true;
    return false;
  }

  /** The peer of a ready connection. */
  get peer(): RemotePeer | undefined {
    return this.lines.find((line) => line.ready)?.connection.peer;
  }

  /** Definition of the service as it was found there. */
  get definition(): ServiceDefinition | undefined {
    return this.lines.find((line) => line.ready)?.binding?.definition;
  }

  /** Whether the last attempt to connect has failed. */
  get failing(): boolean {
    return !this.ready && (this.lines[0] as Line).connection.error !== undefined;
  }

  /** Reason why no call can be sent there; `undefined` when one can. */
  get reason(): string | undefined {
    if (this.ready) return undefined;
    const [{ connection }] = this.lines as [Line];
    const failed = connection.error ?? this.#error;
    if (failed !== undefined) return `it cannot be used: ${failed.message}`;
    const state = connection.peer?.state;
    if (state === 'draining') return 'it takes no more calls';
    return state === 'suspended' ? 'its connection is lost' : 'it is being connected';
  }

  begin(): void {
    for (const line of this.lines) {
      line.release = line.connection.hold(() => this.#look(line));
      // The connection may exist already, for another service.
      this.#look(line);
    }
  }

  /** @param byHand whether results of calls are released as well */
  end(byHand: boolean): void {
    for (const line of this.lines) line.end(byHand);
  }

  /** Applies a new description of the node, or another version of the service. */
  update(node: NodeInfo, service: string | undefined): void {
    this.node = node;
    this.weight = node.weight;
    if (node.addresses.length > 0) for (const { connection } of this.lines) connection.update(node);
    if (service === this.service) return;
    this.service = service;
    for (const line of this.lines) this.#look(line);
  }

  /** Whether the service has that member on every ready connection. */
  has(member: string): boolean {
    for (const { ready, members } of this.lines) if (ready && !members.has(member)) return false;
    return true;
  }

  /** Returns the connection with the fewest calls in flight; `undefined` when none is ready. */
  line(): Line | undefined {
    const first = this.lines[0] as Line;
    if (this.lines.length === 1) return first.ready ? first : undefined;
    let best: Line | undefined;
    for (const line of this.lines) if (line.ready && (best === undefined || line.active < best.active)) best = line;
    return best;
  }

  /** Looks up the service again on connections where it was not found. */
  look(): void {
    for (const line of this.lines) if (!line.ready) this.#look(line);
  }

  /** Handles a change of a connection: looks up the service if it was not found there yet. */
  #look(line: Line): void {
    const { service } = this;
    const { peer, ready } = line.connection;
    const { binding } = line;
    // The binding of a withdrawn service is detached; the service that replaces it may have other members.
    const found = binding?.query === service && binding?.owner === peer && binding?.attached === true && !binding.outgrown;
    if (ready && peer !== undefined && service !== undefined && !found) this.#find(line, peer, service);
    line.settle();
    this.#changed(this);
  }

  #find(line: Line, peer: RemotePeer, service: string): void {
    if (line.sought === service) {
      line.changed = true;
      return;
    }
    line.sought = service;
    line.changed = false;
    peer
      .queryInterface(service)
      .then(
        (proxy) => {
          this.#error = undefined;
          const binding = targetOf(proxy) as ServiceBinding;
          if (this.service === service && line.connection.peer === peer && !line.ended) line.use(binding);
          else binding.leave();
        },
        (error: unknown) => {
          this.#error = NetronError.from(error);
        },
      )
      .finally(() => {
        line.sought = undefined;
        if (line.changed && !line.ended) this.#look(line);
        else this.#changed(this);
      });
  }
}

function numbersOf(definition: ServiceDefinition): ReadonlyMap<string, number> {
  let known = numbers.get(definition);
  if (known === undefined) {
    known = new Map(definition.members.map(({ name }, number) => [name, number]));
    numbers.set(definition, known);
  }
  return known;
}
