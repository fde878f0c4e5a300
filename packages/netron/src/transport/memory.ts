import { NetronError } from '../errors/netron-error.js';
import { checkSignal } from '../util/check.js';
import { readOptions } from '../util/read-options.js';
import { type Scheduler, systemScheduler } from '../util/scheduler.js';
import { AcceptQueue } from './accept-queue.js';
import { type Channel, ChannelConnection, type ChannelConnectionOptions, type ChannelPacket } from './channel-connection.js';
import { checkTransportOptions } from './option-names.js';
import { nobodyListens } from './refused.js';
import type { Connection, ConnectOptions, ListenOptions, Server, Transport, TransportCapabilities } from './transport.js';

const scheme = 'memory:';
const defaultMaxConnections = 10_000;

/** The names at which servers in memory listen. Only ends that share a network find each other. */
export class MemoryNetwork {
  readonly #servers = new Map<string, MemoryServer>();
  #free = 0;

  /** @internal Binds `server` to its name. */
  bind(name: string, server: MemoryServer): void {
    if (this.#servers.has(name)) throw new NetronError('unavailable', `cannot listen at ${scheme}${name}: the name is in use`);
    this.#servers.set(name, server);
  }

  /** @internal */
  release(name: string): void {
    this.#servers.delete(name);
  }

  /** @internal */
  find(name: string): MemoryServer | undefined {
    return this.#servers.get(name);
  }

  /** Returns a name that is not in use. */
  freeName(): string {
    do this.#free++;
    while (this.#servers.has(String(this.#free)));
    return String(this.#free);
  }
}

/** Accepts connections from within this process. */
export class MemoryServer implements Server {
  readonly address: string;
  readonly #network: MemoryNetwork;
  readonly #name: string;
  readonly #options: ListenOptions;
  readonly #room = new AcceptQueue();
  #connections = 0;
  #closed = false;

  constructor(network: MemoryNetwork, name: string, options: ListenOptions) {
    this.address = scheme + name;
    this.#network = network;
    this.#name = name;
    this.#options = options;
    network.bind(name, this);
  }

  accept(onConnection: (connection: Connection) => void): void {
    this.#room.accept(onConnection);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#network.release(this.#name);
    this.#room.close();
  }

  /** Creates both ends of a connection, passes its own to `accept` and returns the other. */
  open(options: ConnectOptions): ChannelConnection {
    const { maxConnections = defaultMaxConnections, maxConnectionsPerAddress = maxConnections } = this.#options;
    if (this.#connections >= Math.min(maxConnections, maxConnectionsPerAddress)) {
      throw new NetronError('unavailable', `${this.address} has too many connections`);
    }
    this.#connections++;
    const [near, far] = memoryPair(this.address, options, this.#options, () => this.#connections--);
    (this.#options.scheduler ?? systemScheduler).nextTurn(() => {
      if (this.#closed) far.close(1001, 'the server is closing');
      else this.#room.add(far);
    });
    return near;
  }
}

/**
 * Messages within one process: `memory:name`. They are copied and delivered in a later turn of the event loop, as with any other transport.
 */
export class MemoryTransport implements Transport {
  readonly name = 'memory';
  readonly schemes = ['memory'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };
  readonly network: MemoryNetwork;

  /** @param network shared by all ends that should reach each other. Default: a network of its own */
  constructor(network: MemoryNetwork = new MemoryNetwork()) {
    this.network = network;
  }

  async connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
    checkTransportOptions(this, options);
    const { signal } = options;
    if (!url.startsWith(scheme))
      throw new NetronError('invalid_argument', `expected an address of the form memory:name, got ${url}`);
    checkSignal(signal);
    if (signal?.aborted) throw new NetronError('canceled', `connecting to ${url} was canceled`, { cause: signal.reason });
    const server = this.network.find(nameOf(url));
    if (server === undefined) throw nobodyListens(url);
    return server.open(options);
  }

  /** @param at a name, with or without `memory:`. Default: a free one */
  async listen(at: number | string = 0, given: ListenOptions = {}): Promise<MemoryServer> {
    const options = readOptions(given);
    checkTransportOptions(this, options);
    const name = at === 0 || at === '' ? this.network.freeName() : nameOf(String(at));
    return new MemoryServer(this.network, name, options);
  }
}

function nameOf(url: string): string {
  return url.startsWith(scheme) ? url.slice(scheme.length) : url;
}

/** Creates the two ends of one connection. */
function memoryPair(address: string, nearOptions: ConnectOptions, farOptions: ListenOptions, onEnd: () => void) {
  const toFar = new MemoryChannel(nearOptions.scheduler);
  const toNear = new MemoryChannel(farOptions.scheduler);
  const near = new ChannelConnection(toFar, optionsOf(address, nearOptions));
  const far = new ChannelConnection(toNear, optionsOf(`${address} (client)`, farOptions));
  toFar.other = far;
  toNear.other = near;
  toNear.onRelease = onEnd;
  return [near, far] as const;
}

function optionsOf(remoteAddress: string, options: ConnectOptions | ListenOptions): ChannelConnectionOptions {
  const { maxMessage, clock, scheduler } = options;
  return {
    remoteAddress,
    ...(maxMessage !== undefined && { maxMessage }),
    ...(clock !== undefined && { clock }),
    ...(scheduler !== undefined && { scheduler }),
  };
}

/** One direction of a connection: packets posted in one turn arrive in a later one, in order. */
class MemoryChannel implements Channel {
  other: ChannelConnection | undefined;
  onRelease: (() => void) | undefined;
  readonly #scheduler: Scheduler;
  #queue: ChannelPacket[] = [];
  readonly #flush = (): void => {
    const packets = this.#queue;
    this.#queue = [];
    for (const packet of packets) this.other?.receive(packet);
  };

  /** @param scheduler of the sending end */
  constructor(scheduler: Scheduler = systemScheduler) {
    this.#scheduler = scheduler;
  }

  post(packet: ChannelPacket): void {
    if (this.#queue.push(packet instanceof Uint8Array ? new Uint8Array(packet) : packet) === 1) {
      this.#scheduler.nextTurn(this.#flush);
    }
  }

  release(): void {
    this.onRelease?.();
    this.onRelease = undefined;
  }
}
