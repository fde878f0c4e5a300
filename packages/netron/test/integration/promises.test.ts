/**
 * Methods that promise never throw: wrong arguments, and a method that was taken off its object, are rejections. So a method may be
 * given to what calls it with arguments of its own: `process.once('SIGTERM', node.stop.bind(node))`.
 */
import { describe, expect, it } from 'vitest';
import { CompositeDiscovery, type Discovery, MemoryRegistry, memoryDiscovery, RegistryDiscovery } from '../../src/discovery.js';
import { NetronHealthCheck } from '../../src/health.js';
import { httpHandler } from '../../src/http/index.js';
import {
  defineService,
  EventBus,
  type LocalPeer,
  MemoryIdempotencyStore,
  MemoryTransport,
  Netron,
  type RemoteBlob,
  type RemotePeer,
  type ServicePeer,
} from '../../src/index.js';
import { CircuitBreaker } from '../../src/resilience.js';
import { VirtualClock } from '../../src/testing.js';
import {
  IpcTransport,
  NamedPipeTransport,
  TcpTransport,
  TlsTransport,
  UnixSocketTransport,
  WebSocketTransport,
} from '../../src/transport/node/index.js';
import { nodes, quiet } from './nodes.js';

/** Names of the methods of `T` that return promises: the compiler asks for a row of each. */
type Promising<T> = {
  [K in keyof T & string]: T[K] extends (...args: never) => infer R ? (R extends Promise<unknown> ? K : never) : never;
}[keyof T & string];

/** What each method is called with: arguments that it refuses, where it takes any. */
type Rows<T> = Record<Promising<T>, readonly unknown[]>;

/** What a listener of signals is called with. */
const signal = ['SIGTERM', 15];

const events = {
  emitParallel: [5, undefined, { every: true }],
  emitSerial: [5, undefined, null],
  emitReduce: [5, 6, 7],
  emitReduceRight: [5, 6, 7],
};

const netron: Rows<Netron> = {
  ...events,
  connect: [5, 'x'],
  call: ['x', 'y', [], 'SIGTERM'],
  dispatch: [undefined],
  authenticate: [5, undefined],
  startListening: signal,
  stopListening: signal,
  drain: signal,
  stop: signal,
};

const local: Rows<LocalPeer> = {
  exposeService: [5, 'x'],
  concealService: [5],
  queryInterface: [5],
  runTask: [5],
  call: ['x', 'y', [], 'SIGTERM'],
  answer: [undefined, 5],
};

const remote: Rows<Omit<RemotePeer, 'ready' | 'lookUp' | 'answers'>> = {
  exposeService: [5],
  concealService: [5],
  queryInterface: [5],
  describe: [5],
  runTask: [5],
  call: ['x', 'y', 5, 'SIGTERM'],
  subscribe: ['x', 5],
  authenticate: [() => {}],
  disconnect: signal,
};

const servicePeer: Rows<ServicePeer> = {
  exposeService: [5],
  concealService: [5],
  queryInterface: [5],
  runTask: [5],
  call: ['x', 'y', 5, 'SIGTERM'],
  subscribe: ['x', 5],
  disconnect: signal,
};

const discovery: Rows<Discovery> = {
  findService: [5],
  waitForService: [5, 5],
  findAllServices: [{}],
  discover: [undefined],
  getActiveNodes: [],
  health: [5],
  explain: [5],
  start: [],
  stop: signal,
};

const blob: Rows<RemoteBlob> = { bytes: [], arrayBuffer: [], text: [] };

const transport: Rows<MemoryTransport> = { connect: [5, 'x'], listen: [{}, 'x'] };

const registered = { register: [5], unregister: [5], discover: [5], health: [5] };

/** Objects that a program gets of a node, each with its methods. */
async function everything() {
  const service = defineService({ name: 'files@1.0.0', methods: { file: () => new Blob(['x']) } });
  const registry = new MemoryRegistry();
  const found = () => ({ discovery: memoryDiscovery(registry) });
  const pair = await nodes({ services: [service], server: found(), client: found() });
  const files = await pair.peer.queryInterface<typeof service>('files');
  const bus = new EventBus({ clock: new VirtualClock(), onError() {} });
  const { client, peer, server } = pair;
  const rows: [string, object, object][] = [
    ['Netron', client, netron],
    ['LocalPeer', server.peer, local],
    ['RemotePeer', peer, remote],
    ['ServicePeer', await client.connect('files'), servicePeer],
    ['Discovery', client.discovery, discovery],
    ['RemoteBlob', await files.file(), blob],
    ['EventBus', bus, events satisfies Rows<EventBus>],
    ['proxy', files, { file: [() => {}], on: [5, 6], nothing: [5] }],
    ['CompositeDiscovery', new CompositeDiscovery([client.discovery]), registered satisfies Rows<CompositeDiscovery>],
    ['RegistryDiscovery', new RegistryDiscovery(() => memoryDiscovery(registry)), { ...registered, close: [] }],
    ['NetronHealthCheck', new NetronHealthCheck(client), { check: [5] } satisfies Rows<NetronHealthCheck>],
    [
      'MemoryIdempotencyStore',
      new MemoryIdempotencyStore(),
      { begin: [5], keep: [5], forget: [5] } satisfies Rows<MemoryIdempotencyStore>,
    ],
    ['CircuitBreaker', new CircuitBreaker(), { execute: [5] } satisfies Rows<CircuitBreaker>],
    ['HttpHandler', httpHandler(client), { fetch: [5] }],
    ...[
      MemoryTransport,
      TcpTransport,
      TlsTransport,
      UnixSocketTransport,
      NamedPipeTransport,
      WebSocketTransport,
      IpcTransport,
    ].map((Class): [string, object, object] => [Class.name, new Class(), transport]),
  ];
  return { rows, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
}

const detachable =
  /^(Netron|LocalPeer|RemotePeer|ServicePeer|Discovery|EventBus|CompositeDiscovery|RegistryDiscovery|CircuitBreaker)$/;

describe('methods that return promises', () => {
  it('return a promise for whatever they are called with, on their object and off it', async () => {
    await using set = await everything();
    const thrown: string[] = [];
    const promises: Promise<unknown>[] = [];
    for (const [name, object, table] of set.rows) {
      const selves = detachable.test(name) ? [object, undefined] : [object];
      for (const [method, args] of Object.entries(table) as [string, unknown[]][]) {
        for (const self of selves) {
          const called = (object as Record<string, (...args: unknown[]) => unknown>)[method];
          try {
            const promise = called?.apply(self, args) as Promise<unknown>;
            expect(promise, `${name}.${method}`).toBeInstanceOf(Promise);
            promises.push(promise);
            promise.catch(() => {});
          } catch (error) {
            thrown.push(`${name}.${method}${self === undefined ? ', detached' : ''}: ${error}`);
          }
        }
      }
    }
    expect(thrown).toEqual([]);
    expect(promises.length).toBeGreaterThan(100);
  });

  it.each(['stop', 'drain'] as const)('%s as a listener of signals rejects and does not begin', async (method) => {
    await using node = await Netron.create({ logger: quiet });
    const listener: (...args: never) => Promise<void> = node[method].bind(node);
    const heard = (listener as (...args: unknown[]) => Promise<void>)(...signal);
    await expect(heard).rejects.toThrow(new TypeError(`${method}: options must be an object (timeout), not a string`));
    expect(node.state).toBe('ready');
  });

  it('invalid names of services are refused with the expected form', async () => {
    await using pair = await nodes();
    const wrong = 'expected a service name, got a number';
    for (const peer of [pair.peer, pair.server.peer])
      await expect(peer.queryInterface(5 as never)).rejects.toThrow(new TypeError(wrong));
    await expect(pair.client.call(5 as never, 'x')).rejects.toThrow(wrong);
    await expect(pair.server.peer.concealService(5 as never)).rejects.toThrow(wrong);
  });
});
