/** Two nodes that are connected, over any transport, and what tests need to wait for them. */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Logger,
  type MemoryNetwork,
  MemoryTransport,
  Netron,
  type NetronConnectOptions,
  type NetronOptions,
  type RemotePeer,
} from '../../src/index.js';

/** Every way two nodes of one machine are connected here. */
export const transports = ['memory', 'tcp', 'ws', 'unix'] as const;

export type TransportName = (typeof transports)[number];

export interface NodesOptions {
  /** Default `memory`. */
  readonly transport?: TransportName;
  readonly server?: NetronOptions;
  readonly client?: NetronOptions;
  readonly connect?: NetronConnectOptions;
  /** Exposed on the server before the client connects. */
  readonly services?: readonly object[];
}

export interface Nodes extends AsyncDisposable {
  readonly server: Netron;
  readonly client: Netron;
  readonly address: string;
  /** The server, as the client sees it. */
  readonly peer: RemotePeer;
  /** The client, as the server sees it. */
  readonly back: RemotePeer;
}

/** Says nothing. */
export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Returns a transport that tells of each address before it dials it. */
export function tellingTransport(network: MemoryNetwork, dialed: (url: string) => void): MemoryTransport {
  const transport = new MemoryTransport(network);
  const connect = transport.connect.bind(transport);
  transport.connect = (url, options) => {
    dialed(url);
    return connect(url, options);
  };
  return transport;
}

/** Breaks all connections of a node, and ends their sessions, as the end of a process does. */
export function loseConnections({ peers }: Netron): void {
  for (const { link } of peers.values()) {
    const connection = link?.connection as undefined | { abandon?(): void; terminate(): void };
    if (connection?.abandon === undefined) connection?.terminate();
    else connection.abandon();
  }
}

let sockets = 0;

/** Options that let a node listen over `transport`, and reach others over it. */
export function listening(transport: TransportName, memory: MemoryTransport): NetronOptions {
  switch (transport) {
    case 'memory':
      return { transports: { memory: true }, additionalTransports: [memory] };
    case 'tcp':
      return { transports: { tcp: { port: 0 } } };
    case 'ws':
      return { listenPort: 0 };
    default:
      sockets += 1;
      return { transports: { unix: { path: join(tmpdir(), `netron-${process.pid}-${sockets}.sock`) } } };
  }
}

/** A server, a client, and the connection between them. */
export async function nodes(options: NodesOptions = {}): Promise<Nodes> {
  const { transport = 'memory', services = [] } = options;
  const memory = new MemoryTransport();
  const server = await Netron.create({
    id: 'server',
    logger: quiet,
    stopTimeout: 0,
    ...listening(transport, memory),
    ...options.server,
  });
  for (const service of services) await server.peer.exposeService(service);
  const client = await Netron.create({
    id: 'client',
    logger: quiet,
    stopTimeout: 0,
    additionalTransports: [memory],
    ...options.client,
  });
  const [address] = server.addresses as [string];
  const dispose = async (): Promise<void> => {
    await Promise.all([client.stop(), server.stop()]);
    if (transport === 'unix') await rm(address.replace('unix:', ''), { force: true });
  };
  try {
    const peer = await client.connect(address, options.connect);
    await until(() => server.peers.size === 1);
    const [back] = [...server.peers.values()] as [RemotePeer];
    return { server, client, address, peer, back, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Resolves as soon as `done` answers true; asks after each turn of the event loop. */
export async function until(done: () => boolean, ms = 60_000): Promise<void> {
  const end = performance.now() + ms;
  while (!done()) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms for: ${done}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Resolves after the event loop has gone round some times: what is under way between two nodes has arrived. */
export async function settled(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A promise and what settles it. */
export function gate<T = void>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** What `action` fails with. */
export async function failure(action: Promise<unknown> | (() => unknown)): Promise<Error & { code?: string }> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}
